/** A living actor as the API shows it. */
import type { ActorKey, ActorRecord } from '../engine/directory.ts'
import type { Logged } from '../engine/flight.ts'
import type { AnyActor } from '../statechart/index.ts'
import type { ActorView } from './api.ts'

export function actorView({ id, machine, parent, key, actor }: ActorRecord): ActorView {
  const { since, nextTimer } = actor.status()
  return {
    id,
    machine,
    parent: parent?.id ?? null,
    state: actor.path,
    since: new Date(since).toISOString(),
    nextTimer: nextTimer && { name: nextTimer.name, at: new Date(nextTimer.at).toISOString() },
    key: keyView(key, deviceOf(actor)),
  }
}

/** A transaction is found by its branch; whose it is, is known by where it is written down. */
const deviceOf = ({ owner }: AnyActor): string | undefined => (owner as Partial<Logged>).log?.deviceId

/** An owner may be the key itself: of it the key alone is shown. */
const keyView = ({ branch, callId, deviceId }: ActorKey, owningDevice = deviceId): ActorView['key'] => ({
  ...(branch !== undefined && { branch }),
  ...(callId !== undefined && { callId }),
  ...(owningDevice !== undefined && { deviceId: owningDevice }),
})
