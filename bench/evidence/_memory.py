"""How much of a mapped file each process is counted for."""


def mapped_pss_bytes(process, path):
    """What of the file is this process's, by its number, a page that n processes
    map counting an nth; and all that the process has."""
    of_file = of_all = 0
    here = False
    for line in open(f"/proc/{process}/smaps"):
        head = line.split()[0]
        if "-" in head and not head.endswith(":"):
            here = line.rstrip().endswith(str(path))
        elif head == "Pss:":
            size = int(line.split()[1]) * 1024
            of_all += size
            of_file += size if here else 0
    return of_file, of_all
