import { expect, it } from 'vitest'
import type { ActorView } from '../../src/platform/api.ts'
import { nestedPage } from '../../src/server/actor-tree.ts'
import { actorList } from '../../src/server/lists.ts'

const actor = (machine: string, name: string, parent: string | null, key: ActorView['key']): ActorView => ({
  id: `${machine}:${name}`,
  machine,
  parent,
  state: 'active',
  since: '2026-11-25T08:00:00.000Z',
  nextTimer: null,
  key,
})

/** Two devices, one with a session and its transaction, the other with a query; and a server transaction of nobody's. */
const views = [
  actor('nonInviteServer', 's', null, { branch: 's', callId: 'k' }),
  actor('registration', '1', null, { deviceId: '1' }),
  actor('registration', '2', null, { deviceId: '2' }),
  actor('inviting', 'c', 'registration:1', { callId: 'c', deviceId: '1' }),
  actor('inviteClient', 'b', 'inviting:c', { branch: 'b', callId: 'c' }),
  actor('exchange', 'e', 'registration:2', { callId: 'e', deviceId: '2' }),
  actor('nonInviteClient', 'orphan', 'exchange:gone', { branch: 'orphan' }),
]

const shown = (query: Record<string, string | number>) =>
  nestedPage(actorList, views, query).items.map(({ id, depth }) => `${'  '.repeat(depth)}${id}`)

it('puts each below its owner, siblings in the order asked for', () => {
  expect(shown({ sort: '-id' })).toEqual([
    'registration:2',
    '  exchange:e',
    'registration:1',
    '  inviting:c',
    '    inviteClient:b',
    'nonInviteServer:s',
    'nonInviteClient:orphan',
  ])
})

it('finds by branch with the owners, and by device with all that it owns', () => {
  expect(shown({ branch: 'b' })).toEqual(['registration:1', '  inviting:c', '    inviteClient:b'])
  expect(shown({ deviceId: '1' })).toEqual(['registration:1', '  inviting:c', '    inviteClient:b'])
  expect(shown({ q: 'exchange:e' })).toEqual(['registration:2', '  exchange:e'])
})

it('counts all that is shown, and pages through the tree', () => {
  const page = nestedPage(actorList, views, { sort: '-id', limit: 2, offset: 3 })
  expect(page.total).toBe(7)
  expect(page.items.map(({ id }) => id)).toEqual(['inviting:c', 'inviteClient:b'])
  expect(nestedPage(actorList, views, { branch: 'b', limit: 1 }).total).toBe(3)
})
