/**
 * Errors over HTTP: the status of each code, and the one shape of the body, `{ error: { code, message, … } }`, which is
 * `Gb28181Error.toJSON()`.
 */
import { HttpServerResponse } from 'effect/http'
import { Gb28181Error } from '../errors.ts'

/**
 * 404 what is not known; 409 what the state of the device or channel forbids now; 502 the device refused or did
 * something wrong; 503 we cannot; 504 nothing came in time.
 */
const statusByCode: Readonly<Record<string, number>> = {
  'invalid-request': 400,
  'unsupported-command': 400,
  'not-supported': 400,
  unauthorized: 401,
  'forbidden-host': 403,
  'forbidden-origin': 403,
  'not-found': 404,
  'device-not-found': 404,
  'channel-not-found': 404,
  'session-not-found': 404,
  'actor-not-found': 404,
  'viewer-not-found': 404,
  'method-not-allowed': 405,
  'device-offline': 409,
  'no-password': 409,
  'session-exists': 409,
  cancelled: 409,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'upgrade-required': 426,
  rejected: 502,
  'ssrc-mismatch': 502,
  'media-undecodable': 502,
  'bye-by-device': 502,
  'ack-not-sent': 502,
  overload: 503,
  closed: 503,
  'media-port-unavailable': 503,
  'media-server-unreachable': 503,
  'no-provisional': 504,
  'no-final': 504,
  'no-media': 504,
  'no-response': 504,
}

/** The HTTP status of an error code; 500 for one that no user can cause. */
export const statusOf = (code: string): number => statusByCode[code] ?? 500

export function errorResponse(
  error: Gb28181Error,
  headers: Readonly<Record<string, string>> = {},
): HttpServerResponse.HttpServerResponse {
  return HttpServerResponse.jsonUnsafe(error.toJSON(), { status: statusOf(error.code), headers })
}

/** What a platform call threw, as the error to answer. Anything but a `Gb28181Error` is a bug and passes on. */
export function expected(error: unknown): Gb28181Error {
  if (error instanceof Gb28181Error) return error
  throw error
}

export const notFound = (what: 'device' | 'session' | 'actor', id: string): Gb28181Error =>
  new Gb28181Error(`${what}-not-found`, `There is no ${what} ${id}.`)
