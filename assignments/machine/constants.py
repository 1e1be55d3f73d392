"""Numbers with names: page-table bits, protections, flags of system calls, limits.

Page-table bits have their x86-64 positions, flags their Linux values:

      63   62 ... 12   8   7   6   5   4   3   2   1   0
    +----+-----------+---+----+---+---+---+---+---+---+---+
    | NX |    pfn    | G | PS | D | A |       | U | W | P |
    +----+-----------+---+----+---+---+---+---+---+---+---+
"""

PTE_P = 1 << 0  # present: the hardware may use the entry
PTE_W = 1 << 1  # writable
PTE_U = 1 << 2  # user programs may use the page
PTE_A = 1 << 5  # accessed
PTE_D = 1 << 6  # dirty: written to
PTE_PS = 1 << 7  # page size: the entry maps a huge page
PTE_G = 1 << 8  # global: the same in every address space
PTE_NX = 1 << 63  # no execute

PROT_NONE = 0
PROT_READ = 1
PROT_WRITE = 2
PROT_EXEC = 4

MAP_SHARED = 0x01
MAP_PRIVATE = 0x02
MAP_FIXED = 0x10
MAP_ANONYMOUS = 0x20
MAP_FIXED_NOREPLACE = 0x100000

MS_ASYNC = 1
MS_INVALIDATE = 2
MS_SYNC = 4

MADV_WILLNEED = 3
MADV_DONTNEED = 4

O_RDONLY = 0o0
O_WRONLY = 0o1
O_RDWR = 0o2
O_CREAT = 0o100
O_EXCL = 0o200
O_TRUNC = 0o1000
O_APPEND = 0o2000
O_NONBLOCK = 0o4000

PIPE_BUF = 4096  # bytes: a write of at most this many is never interleaved with another
SEM_VALUE_MAX = 2**31 - 1
SOMAXCONN = 128  # connections waiting for accept
NAME_MAX = 255  # bytes in a file name
