/** The device that an actor belongs to: its queries, sessions and their transactions stand below its registration. */
import type { AnyActor } from '../../statechart/index.ts'

export function deviceOf({ id, machine, parent }: AnyActor): string | undefined {
  if (parent !== undefined) return deviceOf(parent)
  // The directory's id: `registration:ID`, with a number of birth after it for a second of one device.
  return machine.id === 'registration' ? /^registration:(.*?)(~\d+)?$/.exec(id)?.[1] : undefined
}
