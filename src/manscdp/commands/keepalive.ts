/**
 * Keepalive (A.2.5.2; 9.6): the device's sign of life, a Notify that is answered by SIP 200 and nothing else.
 */
import { type Content, type Decoded, type Encodable, object, optional, repeated, text } from '../schema.ts'
import { result } from './values.ts'

const fields = {
  /** Whether the device works normally. Mandatory, but a device that leaves it out means OK, so its absence is no note. */
  Status: optional(result()),
  /** Sub-devices that do not work. */
  Info: optional(object({ DeviceID: repeated(text()) })),
}

const notify = object(fields)

type Received = Decoded<typeof fields> & { readonly Status: 'OK' | 'ERROR' }

const received: Content<Received, Encodable<typeof fields>> = {
  read: (element, notes, where) => ({ Status: 'OK', ...notify.read(element, notes, where) }),
  write: (value, edition) => notify.write({ Status: 'OK', ...value }, edition),
}

export const keepalive = { Notify: { Keepalive: received } }
