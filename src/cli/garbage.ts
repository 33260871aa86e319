/**
 * How a process that is all platform collects its garbage. The command's business and not the library's: it concerns
 * the whole process.
 */
import { setFlagsFromString } from 'node:v8'

/**
 * Young objects are collected by one thread. What lives on is a transaction in 32 s, spread over many small objects, and
 * V8's helper threads spend more on sharing those out than they save: a tenth of all CPU (`register-cpu` "during" 98
 * with them and 87 us without, one run), for pauses of a millisecond.
 */
export function collectYoungOnOneThread(): void {
  setFlagsFromString('--no-parallel-scavenge')
}
