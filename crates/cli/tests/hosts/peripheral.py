"""A Bumble host that lets itself be paired with, over a controller that is not ours; what happens is printed as JSON.

Takes `bumble PORT`: Bumble's own two virtual controllers on one link, one of them served at the port for somebody else; or
`client PORT`: whatever controller is at this port.
"""

import asyncio
import json
import logging
import sys

from bumble.controller import Controller
from bumble.device import Device, DeviceConfiguration
from bumble.hci import Address, OwnAddressType
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.link import LocalLink
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport
from bumble.transport.common import AsyncPipeSink

PERIPHERAL = Address("C0:00:00:00:53:02")


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


async def main():
    logging.disable(logging.CRITICAL)
    mode, port = sys.argv[1], int(sys.argv[2])
    if mode == "bumble":
        link = LocalLink()
        theirs = await open_transport(f"tcp-server:127.0.0.1:{port}")
        Controller("served", host_source=theirs.source, host_sink=theirs.sink, link=link)
        own = Controller("own", link=link, public_address="00:00:5E:00:53:09")
        host = Host(own, AsyncPipeSink(own))
    else:
        transport = await open_transport(f"tcp-client:127.0.0.1:{port}")
        host = Host(transport.source, transport.sink)
    device = Device(config=DeviceConfiguration(name="peripheral", address=PERIPHERAL), host=host)
    device.keystore = MemoryKeyStore()
    device.pairing_config_factory = lambda _: PairingConfig(
        sc=True,
        mitm=False,
        bonding=True,
        delegate=PairingDelegate(),
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )

    def connected(connection):
        tell("connected")
        connection.on("pairing", lambda keys: tell("paired", ltk=keys.ltk.value.hex()))
        connection.on("disconnection", lambda reason: tell("disconnected", code=int(reason)))

    device.on("connection", connected)
    await device.power_on()
    await device.start_advertising(own_address_type=OwnAddressType.RANDOM, auto_restart=True)
    tell("advertises")
    await asyncio.sleep(60)


asyncio.run(main())
