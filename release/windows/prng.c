/* Rust's standard library takes its random numbers from bcryptprimitives.dll, which the Wine of
   Debian 12 has not; what it has under an older name gives the same. Only for tests under Wine. */
#include <windows.h>

BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return SystemFunction036(data, (ULONG)length);
}
