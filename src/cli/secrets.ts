/** Secrets from files, so that they do not stand in the list of processes. What is wrong is said without what is in them. */
import { readFileSync } from 'node:fs'
import { isDeviceId } from '../manscdp/ids.ts'

/** A file whose first line is the secret. */
export function secretFrom(option: string, path: string): string {
  const secret = read(option, path).split(/\r?\n/, 1)[0]?.trim() ?? ''
  if (secret === '') throw new Error(`--${option} ${path}: the first line is empty`)
  return secret
}

/** `{ "<device id>": "<password>", … }` */
export function passwordsFrom(option: string, path: string): Readonly<Record<string, string>> {
  const parsed = parse(option, path)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error(`--${option} ${path}: expected a JSON object of device ids and passwords`)
  }
  const passwords = Object.entries(parsed).map(([id, password]): [string, string] => {
    if (!isDeviceId(id)) throw new Error(`--${option} ${path}: ${JSON.stringify(id)} is not a device id of 20 digits`)
    if (typeof password !== 'string' || password === '') {
      throw new Error(`--${option} ${path}: the password of ${id} is not a text`)
    }
    return [id, password]
  })
  return Object.fromEntries(passwords)
}

function parse(option: string, path: string): unknown {
  const text = read(option, path)
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`--${option} ${path}: not JSON`)
  }
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : String(error)
    throw new Error(`--${option} ${path}: cannot be read (${why})`)
  }
}
