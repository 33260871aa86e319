/** The garbage collector, for tests that measure what is still held. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

export const gc: NonNullable<typeof globalThis.gc> = runInNewContext('gc')
