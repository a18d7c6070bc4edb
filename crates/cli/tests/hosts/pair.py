"""Two Bumble hosts, unpatched, over two controllers: they pair, and everything that happens is printed as JSON.

Takes one JSON object: ports [central, peripheral], address of the peripheral, and what is done: `secure_connections`,
`sessions`, `forgets` (the peripheral loses its bond, and the central encrypts again), `stays` (seconds on the link).
"""

import asyncio
import json
import logging
import sys

from bumble.core import ProtocolError
from bumble.device import ConnectionParametersPreferences, Device, DeviceConfiguration
from bumble.hci import Address, HCI_Error, Phy
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

WHAT = json.loads(sys.argv[1])
CENTRAL, PERIPHERAL = Address("C0:00:00:00:53:01"), Address(WHAT["address"])


def tell(who, event, **more):
    print(json.dumps({"who": who, "event": event, **more}), flush=True)


class Person(PairingDelegate):
    def __init__(self, who):
        super().__init__(io_capability=PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT)
        self.who = who

    async def compare_numbers(self, number, digits):
        tell(self.who, "compares", number=number)
        return True


async def host(who, port, address):
    transport = await open_transport(f"tcp-client:127.0.0.1:{port}")
    config = DeviceConfiguration(name=who, address=address)
    config.advertising_interval_min = config.advertising_interval_max = 20
    device = Device(config=config, host=Host(transport.source, transport.sink))
    device.keystore = MemoryKeyStore()
    device.pairing_config_factory = lambda _: PairingConfig(
        sc=WHAT.get("secure_connections", True),
        mitm=True,
        bonding=True,
        delegate=Person(who),
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )

    def connected(connection):
        tell(who, "connected")
        connection.on("disconnection", lambda reason: tell(who, "disconnected", code=int(reason)))
        connection.on("connection_encryption_change", lambda: tell(who, "encrypted"))
        connection.on("connection_encryption_failure", lambda code: tell(who, "encryption failed", code=int(code)))
        connection.on("pairing_failure", lambda code: tell(who, "pairing failed", code=int(code)))

        def paired(keys):
            key = keys.ltk or keys.ltk_central
            tell(who, "paired", ltk=key.value.hex(), authenticated=key.authenticated)

        connection.on("pairing", paired)

    device.on("connection", connected)
    await device.power_on()
    tell(who, "up")
    return transport, device


async def tried(who, what):
    """Goes on whatever comes of it."""
    try:
        return await what
    except (HCI_Error, ProtocolError) as error:
        tell(who, "error", code=int(error.error_code))
    except asyncio.CancelledError:
        tell(who, "cancelled")
    except Exception as error:
        tell(who, "error", says=f"{type(error).__name__}: {error}")


# As short as an interval can be, so that tests are over soon.
FAST = {Phy.LE_1M: ConnectionParametersPreferences(connection_interval_min=7.5, connection_interval_max=7.5)}


async def connected(central, peripheral):
    """A link to the peripheral; one that fails to be established is tried again, as hosts do."""
    for _ in range(WHAT.get("tries", 1)):
        if not peripheral.is_advertising:
            await peripheral.start_advertising()
        connection = await tried(
            "central", central.connect(PERIPHERAL, connection_parameters_preferences=FAST, timeout=30)
        )
        await asyncio.sleep(0.1)
        if connection and connection.handle in central.connections:
            return connection
        await asyncio.sleep(1)


async def session():
    ports = WHAT["ports"]
    first, central = await host("central", ports[0], CENTRAL)
    second, peripheral = await host("peripheral", ports[1], PERIPHERAL)
    connection = await connected(central, peripheral)
    if connection:
        await tried("central", connection.pair())
        await asyncio.sleep(WHAT.get("stays", 0.1))
        if WHAT.get("forgets"):
            await tried("central", connection.disconnect())
            await asyncio.sleep(0.5)
            peripheral.keystore = MemoryKeyStore()
            connection = await connected(central, peripheral)
            await tried("central", connection.encrypt())
        if connection.handle in central.connections:
            await tried("central", connection.disconnect())
    await first.close()
    await second.close()
    await asyncio.sleep(0.02)


async def main():
    logging.disable(logging.CRITICAL)
    for number in range(WHAT.get("sessions", 1)):
        await session()
        tell("both", "over", number=number)


asyncio.run(asyncio.wait_for(main(), 240))
