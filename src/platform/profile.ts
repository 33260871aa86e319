/**
 * What kind of device this is and how to speak to it: edition by its X-GB-Ver, vendor by its User-Agent.
 */
import type { Edition } from '../manscdp/schema.ts'

export interface DeviceProfile {
  readonly name: string
  readonly why: string
}

const vendors: readonly (readonly [name: string, userAgent: RegExp])[] = [
  ['hikvision', /^(IP Camera|Embedded Net (DVR|NVR|DVS))/i],
  ['dahua', /dahua|^SIP UAS V/i],
  ['uniview', /uniview|^UNV/i],
  ['tiandy', /tiandy/i],
]

export function profileOf(userAgent: string | undefined): DeviceProfile {
  const vendor = vendors.find(([, pattern]) => pattern.test(userAgent ?? ''))
  if (vendor === undefined) return { name: 'generic', why: 'no known User-Agent' }
  return { name: vendor[0], why: `User-Agent ${userAgent}` }
}

/** Annex I of 2022: `1.0` 2011, `1.1` 2014, `2.0` 2016, `3.0` 2022. Without the header: 2016, which most devices speak. */
export function editionOf(gbVersion: string | null): Edition {
  switch (gbVersion) {
    case '1.0':
      return 2011
    case '1.1':
      return 2014
    case '3.0':
      return 2022
    default:
      return 2016
  }
}
