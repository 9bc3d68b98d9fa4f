"""Server-side encryption of a stream: which key, since when. Only the state is kept; nothing is encrypted.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from delivery import limits
from local.firehose.api.registry import Registry
from local.firehose.clients import CALL_ERRORS, Kms, error_code
from local.firehose.state import Encryption
from local.protocol import AwsError, Json

_UNUSABLE_STATES = {"Disabled": "DisabledException"}
_DEFAULT = {"KeyType": "AWS_OWNED_CMK"}


class EncryptionOperations:
    """StartDeliveryStreamEncryption and StopDeliveryStreamEncryption; each settles after `settling_seconds`."""

    def __init__(self, registry: Registry, settling_seconds: float) -> None:
        self._registry = registry
        self._settling_seconds = settling_seconds

    def start(self, request: Mapping[str, Any]) -> Json:
        """Turn encryption on, or change its key; raises AwsError."""
        given = request.get("DeliveryStreamEncryptionConfigurationInput", _DEFAULT)
        check_key(given, self._registry.surface.clients.kms)
        return self._change(request["DeliveryStreamName"], with_key(given))

    def stop(self, request: Mapping[str, Any]) -> Json:
        """Turn encryption off; raises AwsError."""
        return self._change(request["DeliveryStreamName"], Encryption())

    def _change(self, name: str, wanted: Encryption) -> Json:
        with self._registry.changing(name) as stream:
            now, before = self._registry.surface.clock.now(), stream.state.encryption
            if now < before.settles_at:
                status = shown(before, now)["Status"]
                raise AwsError(
                    "ResourceInUseException", f"Encryption of firehose {name} is {status}; wait until it is not."
                )
            wanted = structs.replace(
                wanted,
                was_on=bool(before.key_type),
                settles_at=now + self._settling_seconds,
                calls=(*_recent_calls(before, now), now),
            )
            stream.update(structs.replace(stream.state, encryption=wanted))
        return {}


def check_key(given: Mapping[str, Any], kms: Kms | None) -> None:
    """Raise InvalidArgumentException for a key too many or missing, InvalidKMSResourceException for an unusable one."""
    arn = given.get("KeyARN")
    if given["KeyType"] == "AWS_OWNED_CMK":
        if arn:
            raise AwsError("InvalidArgumentException", "KeyARN must not be specified when KeyType is AWS_OWNED_CMK.")
        return
    if not arn:
        raise AwsError("InvalidArgumentException", "KeyARN must be specified when KeyType is CUSTOMER_MANAGED_CMK.")
    if kms is not None:
        _check_usable(arn, kms)


def with_key(given: Mapping[str, Any] | None) -> Encryption:
    """The encryption that a DeliveryStreamEncryptionConfigurationInput asks for; off without one."""
    return Encryption(given["KeyType"], given.get("KeyARN", "")) if given else Encryption()


def is_encrypted(encryption: Encryption, now: float) -> bool:
    """What a put answers as `Encrypted`."""
    return encryption.was_on if now < encryption.settles_at else bool(encryption.key_type)


def shown(encryption: Encryption, now: float) -> Json:
    """The DeliveryStreamEncryptionConfiguration that Describe shows."""
    settled = now >= encryption.settles_at
    if not encryption.key_type:
        return {"Status": "DISABLED" if settled else "DISABLING"}
    key = {"KeyARN": encryption.key_arn} if encryption.key_arn else {}
    return {**key, "KeyType": encryption.key_type, "Status": "ENABLED" if settled else "ENABLING"}


def _recent_calls(encryption: Encryption, now: float) -> list[float]:
    """The calls of the last 24 hours; raises LimitExceededException if their number is at the limit."""
    recent = [at for at in encryption.calls if at > now - limits.ENCRYPTION_CALLS_SECONDS]
    if len(recent) >= limits.MAX_ENCRYPTION_CALLS:
        message = (
            f"StartDeliveryStreamEncryption and StopDeliveryStreamEncryption may be called "
            f"{limits.MAX_ENCRYPTION_CALLS} times in 24 hours for one stream."
        )
        raise AwsError("LimitExceededException", message)
    return recent


def _check_usable(arn: str, kms: Kms) -> None:
    try:
        key = kms.describe_key(KeyId=arn)["KeyMetadata"]
    except CALL_ERRORS as error:
        raise _unusable(error_code(error), f"Key {arn} cannot be used: {error}") from error
    state = key.get("KeyState", "Enabled")
    if state != "Enabled":
        raise _unusable(_UNUSABLE_STATES.get(state, "KMSInvalidStateException"), f"Key {arn} is {state}.")
    if key.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise _unusable("InvalidKeyUsageException", f"Key {arn} is not symmetric.")


def _unusable(code: str, message: str) -> AwsError:
    return AwsError("InvalidKMSResourceException", message, details={"code": code})
