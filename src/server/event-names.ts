/** The names of `PlatformEvents`, as values. The compiler refuses one that is missing or does not exist. */
import type { PlatformEventName } from '../platform/api.ts'

export type EventName = PlatformEventName

const names: Readonly<Record<PlatformEventName, true>> = {
  'device.challenged': true,
  'device.online': true,
  'device.silent': true,
  'device.offline': true,
  'device.updated': true,
  'registration.rejected': true,
  'catalog.committed': true,
  'catalog.partial': true,
  'query.failed': true,
  'session.created': true,
  'session.started': true,
  'session.failed': true,
  'session.ended': true,
  'message.noted': true,
  'actor.crashed': true,
}

export const eventNames: readonly string[] = Object.keys(names)
