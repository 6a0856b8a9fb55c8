"""Drive the console's selection, which pastes what one likes into it (CVE-2023-1523).

See: https://nvd.nist.gov/vuln/detail/CVE-2023-1523
Layers: main bare
"""


def attempt():
    word = ctypes.create_string_buffer(b"\x06", 16)  # TIOCL_GETSHIFTSTATE, which changes nothing
    return float(any(call(16, descriptor, 0x541C, word) >= 0 for descriptor in range(16)))
