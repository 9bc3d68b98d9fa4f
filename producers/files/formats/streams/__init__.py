"""The bytes of a file: what format they are in, unpacked, decoded, cut into lines."""
