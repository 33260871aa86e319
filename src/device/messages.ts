/**
 * The requests of a device outside of a dialog: REGISTER and MESSAGE (GB/T 28181 9.1 and 9.5, protocol notes 01 and 02).
 */
import type { OutgoingRequest } from '../engine/client-transaction.ts'
import type { Engine } from '../engine/engine.ts'
import type { Flow } from '../engine/network.ts'
import { domainOf } from '../manscdp/ids.ts'
import { type Outgoing, printManscdp } from '../manscdp/message.ts'
import type { HeaderField } from '../sip/message.ts'
import { gbVersionHeader } from './identity.ts'
import type { DeviceSettings } from './options.ts'

/** `sip:<platform>@<domain of the platform>`: Request-URI of all requests outside of a dialog. */
export const serverUri = ({ serverId }: DeviceSettings): string => `sip:${serverId}@${domainOf(serverId)}`

/** The address of record: own ID in the platform's domain. */
export const ownUri = ({ id, serverId }: DeviceSettings): string => `sip:${id}@${domainOf(serverId)}`

export interface RegisterParts {
  readonly callId: string
  readonly tag: string
  readonly cseq: number
  readonly contact: string
  /** Seconds; 0 unregisters. */
  readonly expires: number
  readonly credentials: readonly HeaderField[]
}

export function registerRequest(settings: DeviceSettings, flow: Flow, parts: RegisterParts): OutgoingRequest {
  const own = `<${ownUri(settings)}>`
  return {
    method: 'REGISTER',
    uri: serverUri(settings),
    flow,
    from: `${own};tag=${parts.tag}`,
    to: own,
    callId: parts.callId,
    cseq: parts.cseq,
    headers: [
      { name: 'Contact', value: parts.contact },
      ...parts.credentials,
      { name: 'Expires', value: String(parts.expires) },
      { name: 'X-GB-Ver', value: gbVersionHeader[settings.gbVersion] },
    ],
  }
}

/** Each MESSAGE has a Call-ID of its own (RFC 3428: no dialog). */
export const messageRequest = (
  settings: DeviceSettings,
  engine: Engine,
  flow: Flow,
  { cseq, body }: { readonly cseq: number; readonly body: Buffer },
): OutgoingRequest => ({
  method: 'MESSAGE',
  uri: serverUri(settings),
  flow,
  from: `<${ownUri(settings)}>;tag=${engine.newTag()}`,
  to: `<${serverUri(settings)}>`,
  callId: engine.newCallId(),
  cseq,
  headers: [{ name: 'Content-Type', value: 'Application/MANSCDP+xml' }],
  body,
})

/** The body in the charset of the device's edition: GB2312 until 2016, GB18030 from 2022. */
export function messageBody({ gbVersion, faults }: DeviceSettings, message: Outgoing): Buffer {
  if (!faults.has('gb18030-as-utf8')) return printManscdp(message, { edition: gbVersion })
  // Fault gb18030-as-utf8: firmware that was told "UTF-8" and changed the declaration only.
  const body = printManscdp(message, { edition: gbVersion, charset: 'GB18030' })
  return Buffer.from(body.toString('latin1').replace('encoding="GB18030"', 'encoding="UTF-8"'), 'latin1')
}
