/**
 * The platform's way to whoever knows why something failed, as a port: it looks at what was recorded of the device.
 * `inspect/findings/explainer.ts` is one. The usual hint of each reason stays in `explain.ts`, for when it finds nothing.
 */
import type { SessionFailure } from '../../machines/dialog/inviting.ts'
import type { OfflineReason } from '../../machines/registration/registration.ts'
import type { FindingView } from './api.ts'
import type { RegistrationRefusal } from './explain.ts'

/** What failed. Its records are those of the device; of an affair with a Call-ID only what belongs to it explains it. */
export type Failed =
  | {
      readonly deviceId: string
      readonly callId: string
      readonly session: SessionFailure
      /** When its media stopped, which has just been noticed and is not written down yet. */
      readonly mediaEndedAt: number | undefined
    }
  | { readonly deviceId: string; readonly callId: string; readonly registration: RegistrationRefusal }
  | { readonly deviceId: string; readonly offline: OfflineReason }

export interface Explanation {
  /** What was seen, and what to do about it: of the most telling finding. Absent: none of them explains it. */
  readonly hint?: string
  /** Codes of what was found about it, the most telling first. */
  readonly findings: readonly string[]
}

export interface Explainer {
  /** Costs some milliseconds. `undefined`: so much has failed within this second that no time is left for this one. */
  explain(failed: Failed): Explanation | undefined
  /** Everything that is found in what is kept of a device, or of one dialog of it. */
  findings(subject: { readonly deviceId: string; readonly callId?: string }): readonly FindingView[]
}
