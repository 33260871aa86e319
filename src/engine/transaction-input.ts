/** What the machine of a transaction begins with, client's and server's alike. */
import type { Timers } from '../../machines/transaction/timers.ts'
import type { Flow } from './network.ts'

export interface TransactionInput {
  readonly reliable: boolean
  readonly timers: Timers
}

/** By the way its messages go; the same two objects for all: nobody changes them, and the recorder knows them again. */
export function transactionInputs(timers: Timers): (flow: Flow) => TransactionInput {
  const reliable = { reliable: true, timers }
  const unreliable = { reliable: false, timers }
  return ({ transport }) => (transport === 'TCP' ? reliable : unreliable)
}
