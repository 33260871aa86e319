/** Real SIP messages for the events of a machine: printed and parsed by `src/sip`, between one platform and one camera. */
import { SipRequest, SipResponse } from '../../src/sip/message.ts'
import { parseMessage } from '../../src/sip/parse.ts'
import { reasonPhrase } from '../../src/sip/status.ts'

const platform = 'sip:34020000002000000001@3402000000'
const camera = 'sip:34020000001320000001@192.0.2.64:5060'

export interface MessageOptions {
  /** Default INVITE. */
  readonly method?: string
  /** Default `d77`; null for none. */
  readonly toTag?: string | null
}

/** A response of the camera to a request of the platform. */
export function response(status: number, options: MessageOptions = {}): SipResponse {
  const message = parse([`SIP/2.0 ${status} ${reasonPhrase(status)}`, ...fields(options)])
  if (message instanceof SipResponse) return message
  throw new TypeError(`not a response: ${status}`)
}

/** A request within the same call. */
export function request(method: string, options: Omit<MessageOptions, 'method'> = {}): SipRequest {
  const message = parse([`${method} ${camera} SIP/2.0`, 'Max-Forwards: 70', ...fields({ ...options, method })])
  if (message instanceof SipRequest) return message
  throw new TypeError(`not a request: ${method}`)
}

/** What every event that a response makes carries. */
export function responded(status: number, options?: MessageOptions): { status: number; message: SipResponse } {
  return { status, message: response(status, options) }
}

function fields({ method = 'INVITE', toTag = 'd77' }: MessageOptions): string[] {
  return [
    'Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKp201',
    `From: <${platform}>;tag=i1`,
    `To: <${camera}>${toTag === null ? '' : `;tag=${toTag}`}`,
    'Call-ID: inv-1@192.0.2.10',
    `CSeq: 201 ${method}`,
    `Contact: <${camera}>`,
    'Content-Length: 0',
  ]
}

function parse(lines: readonly string[]): SipRequest | SipResponse {
  const result = parseMessage(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'))
  if (result.ok === true) return result.message
  throw new TypeError(`the parser refuses a message of the tests: ${JSON.stringify(result)}`)
}
