"""A national system in ten lines: send a notice, see the signed answer, take what others send. AMQP and HTTPS alike."""

import json
import os
from pathlib import Path

from messaging.client import Client, SigningKey

key = SigningKey.load(Path(os.environ["KEY_FILE"]), os.environ["KEY_ID"])
hub_keys = json.loads(Path("hub-keys.json").read_text())  # the hub's /.well-known/jwks.json
with Client.connect(os.environ["HUB_URL"], "FR-CNIL", key=key, inbox="inbox.sqlite", hub_keys=hub_keys) as client:
    message_id = client.send_notice(json.loads(Path("notice.json").read_text()))
    print(client.receipt(message_id, seconds=30))
    for message in client.receive(seconds=5):  # each message once, whatever happens in between
        print(message.sender, message.data)
        message.handled()
