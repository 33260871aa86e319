/**
 * Events from outside, where they are allowed (`--inspect-events`): only those by which an operator ends something, as
 * over the HTTP API. They carry nothing but the time, and that is ours.
 *
 * Never accepted is what a message, a timer or the shell says: a viewer cannot make a device look registered.
 */
import type { AnyEventObject } from 'xstate'

const accepted: Readonly<Record<string, readonly string[]>> = {
  inviting: ['stop'],
  exchange: ['abandon'],
  registration: ['forget'],
}

export interface Command {
  readonly sessionId: string
  readonly type: string
}

/** What a viewer wants sent: `{"type":"xstate.event","event":"<SCXML event as JSON>"}`; undefined for anything else. */
export function commandIn(message: unknown): Command | undefined {
  const { type, event, service } = fieldsOf(message)
  if (type !== 'xstate.event' || typeof event !== 'string') return undefined
  const { name, origin } = fieldsOf(parsed(event))
  // The receivers of XState 4 name the actor in `origin`, its types in `service`.
  const sessionId = typeof origin === 'string' ? origin : service
  return typeof name === 'string' && typeof sessionId === 'string' ? { sessionId, type: name } : undefined
}

/** The event to send, or undefined where this machine takes none of that name from outside. */
export const commandFor = (machine: string, type: string, at: number): AnyEventObject | undefined =>
  Object.hasOwn(accepted, machine) && accepted[machine]?.includes(type) ? { type, at } : undefined

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
