/**
 * The 20-digit ID of GB/T 28181 (Annex E.1, coding rule A) and what its digits say.
 *
 * Centre 8 digits, industry 2, type 3, network 1, serial 6. An ID that does not follow the rule is not an error: vendors
 * have their own, and such an ID stays an opaque string of kind `private`. Rule B (18 digits) is gone since 2022.
 */

/** What an ID stands for in a catalog. */
export type IdKind =
  | 'division'
  | 'system'
  | 'business-group'
  | 'virtual-organisation'
  | 'main-device'
  | 'peripheral'
  | 'platform-device'
  | 'user'
  | 'external-server'
  | 'extension'
  | 'private'

export interface DeviceId {
  readonly id: string
  /** Administrative division of the centre: province, city, district, grass-roots unit; 2 digits each. */
  readonly province: string
  readonly city: string
  readonly district: string
  readonly unit: string
  /** Digits 9 and 10. */
  readonly industry: string
  /** Digits 11 to 13: 132 is a camera, 200 a platform (table 2). */
  readonly type: number
  /** Digit 14. */
  readonly network: number
  /** Digits 15 to 20. */
  readonly serial: string
  /** The SIP domain, digits 1 to 10. */
  readonly domain: string
  readonly kind: IdKind
}

export type ParseIdResult = { ok: true; id: DeviceId } | { ok: false; reason: 'not-20-digits' }

export const isDeviceId = (text: string): boolean => /^\d{20}$/.test(text)

/** Takes a 20-digit ID apart. */
export function parseDeviceId(text: string): ParseIdResult {
  if (!isDeviceId(text)) return { ok: false, reason: 'not-20-digits' }
  const type = Number(text.slice(10, 13))
  const id: DeviceId = {
    id: text,
    province: text.slice(0, 2),
    city: text.slice(2, 4),
    district: text.slice(4, 6),
    unit: text.slice(6, 8),
    industry: text.slice(8, 10),
    type,
    network: Number(text[13]),
    serial: text.slice(14),
    domain: domainOf(text),
    kind: kindOfType(type),
  }
  return { ok: true, id }
}

/** The kind of any ID of a catalog: a 20-digit one by its type, 2, 4, 6 or 8 digits a division, anything else private. */
export function classifyId(text: string): IdKind {
  if (/^(?:\d{2}){1,4}$/.test(text)) return 'division'
  const parsed = parseDeviceId(text)
  return parsed.ok ? parsed.id.kind : 'private'
}

/** The SIP domain of an ID: its first 10 digits (6.1.2). */
export const domainOf = (id: string): string => id.slice(0, 10)

/** Table 2. 212 to 214 and 217 to 299 are platform devices yet to be named. */
function kindOfType(type: number): IdKind {
  if (type === 200) return 'system'
  if (type === 215) return 'business-group'
  if (type === 216) return 'virtual-organisation'
  if (type < 111) return 'private'
  if (type <= 130) return 'main-device'
  if (type <= 199) return 'peripheral'
  if (type <= 299) return 'platform-device'
  if (type <= 499) return 'user'
  return type <= 599 ? 'external-server' : 'extension'
}
