/** Stored records as those who read them see them: actors by their ids, messages as text, and only what is asked for. */
import { isUtf8 } from 'node:buffer'
import type { ActorKey } from '../../engine/directory.ts'
import type { StoredMessage, StoredRecord } from './codec.ts'
import type { FlightRecord, Subject } from './record.ts'
import { redactedBytes } from './redact.ts'

/** What is known of actors by their numbers. */
export type ActorNames = ReadonlyMap<number, ActorName>

export interface ActorName {
  readonly id: string
  readonly key: ActorKey
  /** The number of its parent; 0: none. */
  readonly parent: number
}

/**
 * The records of one affair: the actor of that Call-ID, what runs below it, and the messages of both. A query has one
 * Call-ID by which it is found and another for each time it is asked.
 */
export function within({ callId }: Subject, stored: readonly StoredRecord[], names: ActorNames): StoredRecord[] {
  if (callId === undefined) return [...stored]
  const concerned = new Set<number>()
  const concerns = (actor: number, levels = 8): boolean => {
    const known = names.get(actor)
    if (known === undefined || levels === 0) return false
    return known.key.callId === callId || concerns(known.parent, levels - 1)
  }
  const callIds = new Set([callId])
  for (const [number, { key }] of names) {
    if (!concerns(number)) continue
    concerned.add(number)
    if (key.callId !== undefined) callIds.add(key.callId)
  }
  return stored.filter((record) =>
    record.kind === 'message' ? callIds.has(callIdOf(record)) : concerned.has(record.actor),
  )
}

const callIdOf = ({ bytes }: StoredMessage): string =>
  /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im.exec(bytes.toString('latin1'))?.[1] ?? ''

export function presented(record: StoredRecord, names: ActorNames, raw: boolean): FlightRecord {
  if (record.kind === 'message') return message(record, raw)
  const actor = idOf(record.actor, names)
  switch (record.kind) {
    case 'actor.started': {
      const { named: _, parent, ...start } = record
      return { ...start, actor, parent: parent === 0 ? null : idOf(parent, names) }
    }
    case 'actor.ended': {
      const { error, ...end } = record
      return { ...end, actor, ...(error !== undefined && { error: String(error) }) }
    }
    default:
      return { ...record, actor }
  }
}

/** One whose beginning is no longer kept and that lives no more has only its number. */
const idOf = (actor: number, names: ActorNames): string => names.get(actor)?.id ?? `~${actor}`

function message({ bytes, ...rest }: StoredMessage, raw: boolean): FlightRecord {
  const shown = raw ? bytes : redactedBytes(bytes)
  return isUtf8(shown) ? { ...rest, text: shown.toString('utf8') } : { ...rest, base64: shown.toString('base64') }
}
