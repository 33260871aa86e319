/**
 * What machines hold, as what may be shown: plain data of bounded size without a secret in it.
 *
 * Texts pass the redaction that reports pass. Of a SIP message only what identifies it is shown, never its headers and
 * body; of bytes only how many; of other objects that are no plain data only what they are.
 */
import { SipRequest, SipResponse } from '../../sip/message.ts'
import { redacted } from '../analysis/redact.ts'

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain }

const mostText = 2000
const mostItems = 100
const mostLevels = 8

/** Keys whose value is hidden whatever it is. */
const secretKey = /password|passwd|secret|token|credential|authori[sz]ation|^ha1$|^(?:c|r)?nonce$|^rspauth$/i

export function plain(value: unknown, levels = mostLevels): Plain {
  switch (typeof value) {
    case 'string':
      return plainText(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      return value
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : plainObject(value, levels - 1)
    default:
      return null
  }
}

const plainText = (text: string): string => {
  const shown = redacted(text)
  return shown.length > mostText ? `${shown.slice(0, mostText)}… (${shown.length} characters)` : shown
}

function plainObject(value: object, levels: number): Plain {
  if (value instanceof SipRequest || value instanceof SipResponse) return plain(value.toJSON(), levels)
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
  if (value instanceof Error) return plainText(`${value.name}: ${value.message}`)
  if (levels === 0) return '…'
  if (Array.isArray(value)) return plainList(value, levels)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `(${value.constructor?.name ?? 'object'})`
  return plainFields(value, levels)
}

/** The fields of a plain object. */
export function plainFields(value: object, levels = mostLevels): Readonly<Record<string, Plain>> {
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, mostItems)
      .filter(([, inner]) => inner !== undefined && typeof inner !== 'function')
      .map(([key, inner]) => [key, secretKey.test(key) ? '***' : plain(inner, levels)]),
  )
}

function plainList(items: readonly unknown[], levels: number): Plain {
  const shown = items.slice(0, mostItems).map((item) => plain(item, levels))
  return items.length > mostItems ? [...shown, `… (${items.length} items)`] : shown
}
