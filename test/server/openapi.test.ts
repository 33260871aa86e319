import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, deviceId, type Harness, startAll } from './harness.ts'
import { misfits } from './schema-check.ts'

type Json = Readonly<Record<string, unknown>>
type Operation = { requestBody?: unknown; responses: Record<string, { content?: Record<string, { schema: unknown }> }> }
type Document = Json & {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Json> }
}

describe('the OpenAPI document', () => {
  let all: Harness
  let document: Document
  let channelId: string

  beforeAll(async () => {
    all = await startAll()
    const device = await all.attach()
    channelId = device.channels[0]?.id ?? ''
    document = (await all.ask('GET', '/openapi.json')).body as Document
  })
  afterAll(() => all[Symbol.asyncDispose]())

  /** What of an answer the document does not say. */
  function surprises(method: string, path: string, { status, body }: Answer): string[] {
    const described = document.paths[path]?.[method]?.responses[status]
    if (described === undefined) return [`${method} ${path}: ${status} is not described`]
    return misfits(document, described.content?.['application/json']?.schema, body)
  }

  it('is OpenAPI 3.1 and names every call of this version', () => {
    expect(document.openapi).toBe('3.1.0')
    const calls = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    )
    expect(calls.toSorted()).toEqual([
      'delete /api/devices/{id}',
      'delete /api/sessions/{id}',
      'delete /api/simulated-devices/{id}',
      'get /api/actors',
      'get /api/actors/{id}',
      'get /api/devices',
      'get /api/devices/{id}',
      'get /api/devices/{id}/channels',
      'get /api/devices/{id}/findings',
      'get /api/devices/{id}/record',
      'get /api/events',
      'get /api/inspect',
      'get /api/sessions',
      'get /api/sessions/{id}',
      'get /api/setup',
      'get /healthz',
      'get /metrics',
      'get /readyz',
      'post /api/analyze',
      'post /api/devices/{id}/query',
      'post /api/login',
      'post /api/sessions',
      'post /api/simulated-devices',
    ])
  })

  it('describes what really is answered, errors included', async () => {
    const found: string[] = []
    const check = async (method: string, path: string, real: string, body?: unknown) => {
      const answer = await all.ask(method.toUpperCase(), real, body)
      found.push(...surprises(method, path, answer))
      return answer
    }
    await check('get', '/healthz', '/healthz')
    await check('get', '/readyz', '/readyz')
    await check('get', '/api/devices', '/api/devices')
    await check('get', '/api/devices', '/api/devices?colour=red')
    await check('get', '/api/devices', '/api/devices?state=asleep')
    await check('get', '/api/devices/{id}', `/api/devices/${deviceId}`)
    await check('get', '/api/devices/{id}', '/api/devices/1')
    await check('get', '/api/devices/{id}/channels', `/api/devices/${deviceId}/channels`)
    await check('get', '/api/devices/{id}/findings', `/api/devices/${deviceId}/findings`)
    await check('get', '/api/devices/{id}/findings', '/api/devices/1/findings?callId=c&severity=error')
    await check('get', '/api/devices/{id}/findings', `/api/devices/${deviceId}/findings?colour=red`)
    await check('post', '/api/devices/{id}/query', `/api/devices/${deviceId}/query`, { cmdType: 'Catalog' })
    await check('post', '/api/devices/{id}/query', `/api/devices/${deviceId}/query`, { cmdType: 'Weather' })
    const started = await check('post', '/api/sessions', '/api/sessions', { deviceId, channelId })
    await check('post', '/api/sessions', '/api/sessions', { deviceId, channelId })
    await check('post', '/api/sessions', '/api/sessions', {})
    await check('get', '/api/sessions', '/api/sessions')
    await check('get', '/api/actors', '/api/actors')
    await check('delete', '/api/sessions/{id}', `/api/sessions/${(started.body as { id: string }).id}`)
    expect(found).toEqual([])
  })

  it('tells of each call how it may be refused before it is looked at', () => {
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, { requestBody, responses }] of Object.entries(operations)) {
        const asksToken = path !== '/healthz'
        const wanted = [...(asksToken ? ['401'] : []), '403', ...(requestBody === undefined ? [] : ['413', '415'])]
        expect(Object.keys(responses), `${method} ${path}`).toEqual(expect.arrayContaining(wanted))
      }
    expect(Object.keys(document.paths['/healthz']?.get?.responses ?? {})).not.toContain('401')
  })

  it('has examples that fit their own schemas, and bodies that the server takes', async () => {
    const examples = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      (Array.isArray(schema.examples) ? schema.examples : []).map((example): [string, Json, unknown] => [
        name,
        schema,
        example,
      ]),
    )
    expect(examples.map(([name]) => name)).toEqual(
      expect.arrayContaining(['Device', 'StartSession', 'Query', 'Actor', 'Error']),
    )
    expect(examples.flatMap(([name, schema, example]) => misfits(document, schema, example, name))).toEqual([])

    const exampleOf = (wanted: string) => examples.find(([name]) => name === wanted)?.[2]
    const played = await all.ask('POST', '/api/sessions', exampleOf('StartSession'))
    expect(played).toMatchObject({ status: 404, body: { error: { code: 'device-not-found' } } })
    expect((await all.ask('POST', `/api/devices/${deviceId}/query`, exampleOf('Query'))).status).toBe(200)
  })

  it('can be read as a page that loads nothing from elsewhere', async () => {
    for (const path of ['/docs', '/']) {
      const { status, body } = await all.ask('GET', path)
      expect(status).toBe(200)
      expect(String(body)).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)=["']?(https?:)?\/\//i)
    }
  })
})
