/** Actors of our machines on the real clock, for the programs that measure what one costs. Run with --expose-gc. */

import { registration } from '../../../machines/registration/registration.ts'
import { nonInviteServer } from '../../../machines/transaction/non-invite-server.ts'
import { createStatecharts, type StatechartsOptions, TimingWheel } from '../../../src/statechart/index.ts'
import { deviceId } from '../identity.ts'

/** Makes what is measured. A machine's actions are empty here: what the platform does in them is not in the figure. */
export function rig(executor: string | undefined) {
  const clock = new TimingWheel({
    onError(error) {
      throw error
    },
  }).unref()
  const statecharts = createStatecharts({ clock, executor: executor as NonNullable<StatechartsOptions['executor']> })
  const onEnd = () => {}
  const shared = {}
  const limits = { keepalive: 60_000, keepaliveLimit: 3, challenge: 32_000 }
  const udp = { reliable: false }
  return {
    /** A device that is online; its one timer runs. */
    registration(number: number) {
      const actor = statecharts.create(registration, { id: deviceId(number), input: limits, owner: shared, onEnd })
      actor.start()
      actor.send({ type: 'register.accepted', at: clock.now(), expires: 3_600_000, interrogate: true })
      return actor
    },
    /** A transaction that has its answer; Timer J runs. */
    transaction(id: string, owner: object) {
      const actor = statecharts.create(nonInviteServer, { id, input: udp, owner, onEnd })
      actor.start()
      actor.send({ type: 'respond.final', at: clock.now(), status: 200 })
      return actor
    },
  }
}

/** Heap in use, after everything that can go has gone. */
export function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
