"""A Bumble host that is told what to do, line by line.

It connects to two ports of the program that started it: one carries HCI as H4, the other lines of JSON. Every order is
answered by {"done": NUMBER} once it was taken up; what happens later comes as {"event": NAME, ...}. The order "settle"
is answered when the host has nothing left to do until something comes from its controller or a time is over.
"""

import asyncio
import json
import logging
import sys

from bumble.core import ProtocolError
from bumble.device import AdvertisingType, Device, DeviceConfiguration
from bumble.hci import Address, HCI_Error, OwnAddressType
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport.common import StreamPacketSink, StreamPacketSource, Transport


def address(text):
    """`C0:..:01/P` is public, any other random."""
    kind = Address.PUBLIC_DEVICE_ADDRESS if text.endswith("/P") else Address.RANDOM_DEVICE_ADDRESS
    return Address(text.removesuffix("/P"), kind)


class Person(PairingDelegate):
    """Whoever sits before the device: says what the orders say."""

    def __init__(self, peer, order):
        super().__init__(
            io_capability=PairingDelegate.IoCapability(order["io"]),
            local_initiator_key_distribution=PairingDelegate.KeyDistribution(order["initiator_keys"]),
            local_responder_key_distribution=PairingDelegate.KeyDistribution(order["responder_keys"]),
            maximum_encryption_key_size=order["max_key_size"],
        )
        self.peer, self.order = peer, order

    async def accept(self):
        return not self.order["refuses_pairing"]

    async def confirm(self, auto=False):
        return True

    async def compare_numbers(self, number, digits):
        self.peer.tell("compares", number=number)
        return await self.peer.asked() == "yes"

    async def get_number(self):
        self.peer.tell("asks passkey")
        answer = await self.peer.asked()
        return int(answer) if answer.isdigit() else None

    async def display_number(self, number, digits):
        self.peer.tell("shows passkey", number=number)


class Counted(StreamPacketSource):
    """H4 from the controller, with how many octets have come."""

    received = 0

    def data_received(self, data):
        self.received += len(data)
        super().data_received(data)


class CountedSink(StreamPacketSink):
    """H4 for the controller, with how many octets have gone."""

    sent = 0

    def on_packet(self, packet):
        self.sent += len(packet)
        super().on_packet(packet)


class Peer:
    """The host and the two lines."""

    def __init__(self, reader, writer, hci_port):
        self.reader, self.writer, self.hci_port = reader, writer, hci_port
        self.answers = asyncio.Queue()
        self.device = self.transport = self.connection = None
        self.tasks = set()

    def tell(self, event, **more):
        self.say({"event": event, **more})

    def say(self, what):
        self.writer.write((json.dumps(what) + "\n").encode())

    async def asked(self):
        """The next answer of the person."""
        return await self.answers.get()

    def begin(self, what, name):
        """Goes on with something that takes its time, and tells how it ended."""

        async def run():
            try:
                await what
                self.tell(name, ok=True)
            except (HCI_Error, ProtocolError) as error:
                self.tell(name, ok=False, code=int(error.error_code), says=str(error))
            except asyncio.CancelledError:
                self.tell(name, ok=False, says="cancelled")
            except Exception as error:
                self.tell(name, ok=False, says=f"{type(error).__name__}: {error}")

        task = asyncio.get_running_loop().create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def open(self, order):
        """Comes up with a new host."""
        loop = asyncio.get_running_loop()
        line, source = await loop.create_connection(Counted, "127.0.0.1", self.hci_port)
        self.transport = Transport(source, CountedSink(line))
        config = DeviceConfiguration(name="peer", address=address(order["address"]))
        config.gatt_service_enabled = config.gap_service_enabled = False
        config.advertising_interval_min = config.advertising_interval_max = 100
        host = Host(self.transport.source, self.transport.sink)
        self.device = Device(config=config, host=host)
        self.device.keystore = MemoryKeyStore()
        self.order = order
        self.device.pairing_config_factory = lambda connection: self.pairing_config()
        self.device.on("connection", self.on_connection)
        self.begin(self.device.power_on(), "up")

    def pairing_config(self):
        order = self.order
        return PairingConfig(
            sc=order["secure_connections"],
            mitm=order["mitm"],
            bonding=order["bonding"],
            delegate=Person(self, order),
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )

    def on_connection(self, connection):
        self.connection = connection
        self.tell("connected")
        connection.on("disconnection", self.on_disconnection)
        connection.on("pairing", self.on_pairing)
        connection.on("pairing_failure", lambda reason: self.tell("pairing failed", code=int(reason)))
        connection.on("connection_encryption_change", self.on_encryption)
        connection.on("connection_encryption_key_refresh", self.on_encryption)
        connection.on("connection_encryption_failure", lambda error: self.tell("encryption failed", code=int(error)))
        connection.on("security_request", lambda auth: self.tell("security request", auth=int(auth)))

    def on_disconnection(self, reason):
        self.connection = None
        self.tell("disconnected", code=int(reason))

    def on_encryption(self):
        self.tell("encryption", on=bool(self.connection.is_encrypted))

    def on_pairing(self, keys):
        session = self.device.smp_manager.sessions[self.connection.handle]
        method = session.pairing_method.name
        self.tell("paired", model=method, authenticated=method != "JUST_WORKS", secure_connections=session.sc)

    async def take(self, order):
        """Takes up one order."""
        do = order["do"]
        if do == "open":
            await self.open(order)
        elif do == "advertise":
            self.begin(
                self.device.start_advertising(
                    advertising_type=AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE,
                    own_address_type=OwnAddressType.RANDOM,
                ),
                "advertises",
            )
        elif do == "connect":
            self.begin(
                self.device.connect(address(order["peer"]), own_address_type=OwnAddressType.RANDOM, timeout=None),
                "connects",
            )
        elif do == "pair":
            self.begin(self.connection.pair(), "pairs")
        elif do == "encrypt":
            self.begin(self.connection.encrypt(), "encrypts")
        elif do == "disconnect":
            if self.connection:
                self.begin(self.connection.disconnect(), "disconnects")
        elif do == "answer":
            self.answers.put_nowait(order["answer"])
        elif do == "forget":
            self.device.keystore = MemoryKeyStore()
        elif do == "spoil":
            await self.spoil()
        elif do == "state":
            await self.state(order)
        elif do == "shut":
            for task in self.tasks:
                task.cancel()
            await self.transport.close()
            self.transport = self.device = self.connection = None
            self.answers = asyncio.Queue()
        elif do != "settle":
            raise ValueError(f"there is no order {do}")

    async def state(self, order):
        """Tells what it has: the link, and the keys it keeps of the peer."""
        keys = await self.device.keystore.get(str(address(order["peer"])))
        connection = self.connection
        self.tell(
            "state",
            encrypted=bool(connection and connection.is_encrypted),
            keys=keys.to_dict() if keys else None,
            own_irk=self.device.irk.hex() if self.device.irk else None,
        )

    async def spoil(self):
        """Has another LTK in place of each that is kept."""
        for name, keys in await self.device.keystore.get_all():
            for key in (keys.ltk, keys.ltk_central, keys.ltk_peripheral):
                if key is not None:
                    key.value = bytes([key.value[0] ^ 1]) + key.value[1:]
            await self.device.keystore.update(name, keys)

    async def quiet(self, received):
        """Waits until so many octets have come, and nothing is left to do but to wait."""
        loop = asyncio.get_running_loop()
        calm = 0
        while calm < 3:
            await asyncio.sleep(0)
            if self.transport and self.transport.source.received < received:
                calm = 0
                continue
            # What is ready to run, besides this.
            ready = getattr(loop, "_ready", ())
            calm = calm + 1 if len(ready) == 0 else 0

    async def run(self):
        """Takes orders for as long as they come."""
        while line := await self.reader.readline():
            order = json.loads(line)
            try:
                await self.take(order)
            except Exception as error:
                self.say({"died": f"{type(error).__name__}: {error}, at {order}"})
                await self.writer.drain()
                raise
            await self.quiet(order["received"])
            sent = self.transport.sink.sent if self.transport else 0
            self.say({"done": order["number"], "sent": sent})
            await self.writer.drain()


async def main():
    logging.disable(logging.CRITICAL)
    control, hci_port = int(sys.argv[1]), int(sys.argv[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", control)
    await Peer(reader, writer, hci_port).run()


asyncio.run(main())
