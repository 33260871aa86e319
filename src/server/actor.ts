/** An actor as the API shows it one by one: with what it holds, as far as that may be shown. */
import { plainFields } from '../inspect/bridge/plain.ts'
import type { ActorDetail } from '../platform/api.ts'

export const shownActor = ({ context, ...actor }: ActorDetail) => ({ ...actor, context: plainFields(context) })
