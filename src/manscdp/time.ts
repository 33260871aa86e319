/**
 * Date and time as GB/T 28181 writes them (9.10): `YYYY-MM-DDThh:mm:ss`, Beijing time, no zone.
 *
 * The `Date` header of the 200 to REGISTER has milliseconds, bodies have none. Pure arithmetic on milliseconds since the epoch;
 * Beijing keeps UTC+8 all year.
 */

const BEIJING = 8 * 3_600_000

/** For the `Date` header: `2024-05-01T08:00:00.000`. `at`: ms since the epoch, years 1970 to 9999. */
export const formatDateHeader = (at: number): string => new Date(at + BEIJING).toISOString().slice(0, 23)

/** `formatDateHeader` for many: all but the milliseconds is made once a second (a tenth of the time). */
export function dateHeaders(): (at: number) => string {
  let second = Number.NaN
  let text = ''
  return (at) => {
    const now = Math.floor(at / 1000)
    if (now !== second) {
      second = now
      text = formatDateTime(1000 * now)
    }
    return `${text}.${String(Math.floor(at) - 1000 * now).padStart(3, '0')}`
  }
}

/** For bodies: `2024-05-01T08:00:00`; fractions of a second are cut off. */
export const formatDateTime = (at: number): string => new Date(at + BEIJING).toISOString().slice(0, 19)

const GB_FORM =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]|\s{1,4})(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?\s?(Z|[+-]\d{2}:?\d{2})?$/i
const RFC_FORM = /^[a-z]{3},\s(\d{1,2})\s([a-z]{3})\s(\d{4})\s(\d{2}):(\d{2}):(\d{2})\sGMT$/i
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * Milliseconds since the epoch, or undefined for what is no date. Takes the GB form also with one-digit parts, a blank for
 * the `T`, a fraction, `Z` or an offset (else Beijing time), and the form of RFC 3261 20.17 (`Sat, 13 Nov 2010 23:29:00 GMT`).
 */
export function parseDateTime(text: string): number | undefined {
  const sent = text.trim()
  const gb = GB_FORM.exec(sent)
  if (gb) {
    const [year, month, day, hour, minute, second] = gb.slice(1, 7).map(Number)
    const utc = instant(year, month, day, hour, minute, second)
    return utc === undefined ? undefined : utc + milliseconds(gb[7]) - offset(gb[8])
  }
  const rfc = RFC_FORM.exec(sent)
  if (!rfc) return undefined
  const month = MONTHS.indexOf((rfc[2] ?? '').toLowerCase()) + 1
  return instant(Number(rfc[3]), month, Number(rfc[1]), Number(rfc[4]), Number(rfc[5]), Number(rfc[6]))
}

/** The parts as UTC; undefined when the calendar has no such day or the clock no such time. */
function instant(year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0): number | undefined {
  if (year < 1970 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined
  const utc = Date.UTC(year, month - 1, day, hour, minute, second)
  return new Date(utc).getUTCDate() === day ? utc : undefined
}

const milliseconds = (fraction = ''): number => Number(fraction.slice(0, 3).padEnd(3, '0'))

function offset(zone: string | undefined): number {
  if (zone === undefined) return BEIJING
  if (zone.toUpperCase() === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))]
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
