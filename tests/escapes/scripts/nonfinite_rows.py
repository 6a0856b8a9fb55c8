"""Hand the host's function what it was not made for: other shapes, NaN, infinities, a forged frame.

See: https://cwe.mitre.org/data/definitions/20.html
Layers: main bare
Takes: rows score
"""


def attempt(rows, score):
    for cell in score.__closure__:
        if hasattr(cell.cell_contents, "send"):
            for wrong in (np.full((2, 3), np.nan), np.ones((2, 9)), np.ones(3), np.ones((0, 0))):
                data = wrong.tobytes()
                shape = struct.pack(f"<{wrong.ndim}Q", *wrong.shape)
                head = HEADER.pack(MAGIC, 6, wrong.ndim, 0, 0, len(data))
                os.write(cell.cell_contents.write_fd, head + shape + data)
                time.sleep(0.05)
    return 0.0
