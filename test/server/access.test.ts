import { request } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Access, checkExposure } from '../../src/server/access.ts'
import { type Harness, startAll } from './harness.ts'

const refusalOf = (access: Access, headers: Record<string, string>, method = 'GET', path = '/api/devices') =>
  access.refusal({ method, path, headers })?.code

describe('Host and Origin', () => {
  const local = new Access({ host: '127.0.0.1', hosts: ['192.168.1.10', 'gb.example.com'] })

  it.each(['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'LOCALHOST', '192.168.1.10:8080', 'gb.example.com'])(
    'takes Host %s',
    (host) => expect(refusalOf(local, { host })).toBeUndefined(),
  )

  it.each(['evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1:8080', ''])(
    'refuses Host "%s": a rebound name arrives as itself',
    (host) => expect(refusalOf(local, { host })).toBe('forbidden-host'),
  )

  it('takes any address, and still no foreign name, on a server that listens on all', () => {
    const everywhere = new Access({ host: '0.0.0.0', token: 't' })
    const headers = { authorization: 'Bearer t' }
    expect(refusalOf(everywhere, { ...headers, host: '10.1.2.3:8080' })).toBeUndefined()
    expect(refusalOf(everywhere, { ...headers, host: '[fd00::1]:8080' })).toBeUndefined()
    expect(refusalOf(everywhere, { ...headers, host: 'evil.example:8080' })).toBe('forbidden-host')
  })

  it.each([
    ['http://127.0.0.1:8080', undefined],
    ['https://127.0.0.1:8080', undefined],
    ['http://127.0.0.1:3000', 'forbidden-origin'],
    ['http://evil.example', 'forbidden-origin'],
    ['null', 'forbidden-origin'],
  ])('answers a page of %s with %s', (origin, code) =>
    expect(refusalOf(local, { host: '127.0.0.1:8080', origin })).toBe(code),
  )

  it('serves nobody whose Host is a name that was not given', () => {
    fc.assert(
      fc.property(fc.domain(), (host) => {
        fc.pre(host !== 'gb.example.com')
        expect(refusalOf(local, { host })).toBe('forbidden-host')
      }),
    )
  })
})

describe('the token', () => {
  const host = 'localhost'
  const access = new Access({ host: '127.0.0.1', token: 'secret-token' })

  it.each([
    [undefined, 'unauthorized'],
    ['Bearer wrong', 'unauthorized'],
    ['Basic secret-token', 'unauthorized'],
    ['Bearer secret-token', undefined],
    ['bearer secret-token', undefined],
  ])('answers Authorization: %s with %s', (authorization, code) =>
    expect(refusalOf(access, { host, ...(authorization === undefined ? {} : { authorization }) })).toBe(code),
  )

  it.each(['/healthz', '/'])('is not asked for on %s', (path) =>
    expect(refusalOf(access, { host }, 'GET', path)).toBeUndefined(),
  )

  it.each(['/metrics', '/docs', '/openapi.json', '/readyz', '/api/events', '/healthz/'])('is asked for on %s', (path) =>
    expect(refusalOf(access, { host }, 'GET', path)).toBe('unauthorized'),
  )
})

describe('writes', () => {
  const access = new Access({ host: '127.0.0.1' })
  const host = 'localhost'

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    'are refused as %s: a form of a foreign page could send that',
    (type) => {
      const headers = { host, ...(type === undefined ? {} : { 'content-type': type }) }
      expect(refusalOf(access, headers, 'POST', '/api/sessions')).toBe('unsupported-media-type')
    },
  )

  it('are refused however the path is written', () => {
    for (const path of ['//api/sessions', '/api/sessions;x', '/api//sessions'])
      expect(refusalOf(access, { host }, 'POST', path)).toBe('unsupported-media-type')
  })

  it('are taken as JSON, whatever its parameters', () => {
    const headers = { host, 'content-type': 'application/json; charset=utf-8' }
    expect(refusalOf(access, headers, 'POST', '/api/sessions')).toBeUndefined()
  })
})

describe('exposure', () => {
  it.each(['0.0.0.0', '::', '192.168.1.10'])('%s without a token is refused at start', (host) => {
    expect(() => checkExposure({ host })).toThrow(/token/)
    expect(() => checkExposure({ host, token: 't' })).not.toThrow()
  })

  it.each(['127.0.0.1', '::1', 'localhost', '127.1.2.3'])('%s needs no token', (host) =>
    expect(() => checkExposure({ host })).not.toThrow(),
  )
})

/** fetch does not let a Host be chosen. */
const statusWith = (all: Harness, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ port: all.port, path: '/api/devices', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject).end()
  })

it('holds over HTTP: 403 for a foreign Host or Origin, 401 without the token', async () => {
  await using all = await startAll({ token: 'abc' })
  const authorization = 'Bearer abc'
  expect(await statusWith(all, { authorization })).toBe(200)
  expect(await statusWith(all, { authorization, host: 'evil.example' })).toBe(403)
  expect(await statusWith(all, { authorization, origin: 'http://evil.example' })).toBe(403)
  const refused = await all.ask('GET', '/api/devices')
  expect(refused).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
  expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  expect((await all.ask('GET', '/healthz')).status).toBe(200)
})
