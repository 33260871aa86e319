/**
 * Where secrets stand in a message: digest responses (RFC 3261 22.4), passwords in URIs (19.1.1) and elements that hold one
 * (`Password` of a catalog item).
 */

/** What stands before the secret, and the secret. */
const places: readonly RegExp[] = [
  /(\b(?:response|rspauth|password)\s*=\s*)("[^"]*"?|[^\s,;<>"]+)/gi,
  /(sips?:[^:@\s<>]{1,200}:)([^@\s<>]{1,200})(?=@)/gi,
  /(<\w*password\w*[^<>]*>)([^<]*)/gi,
]

/** The text with each secret as `hide` has it. */
export const withSecrets = (text: string, hide: (secret: string) => string): string =>
  places.reduce(
    (shown, place) => shown.replace(place, (_, before: string, secret: string) => before + hide(secret)),
    text,
  )
