import { describe, expect, it } from 'vitest'
import { Listing } from '../../src/server/listing.ts'

type Camera = { id: string; maker: string | null; channels: number; online: boolean }

const cameras: Camera[] = [
  { id: '3', maker: 'Dahua', channels: 10, online: true },
  { id: '1', maker: null, channels: 9, online: false },
  { id: '2', maker: 'Hikvision', channels: 100, online: true },
]
const listing = new Listing<Camera>({
  id: ({ id }) => id,
  maker: ({ maker }) => maker,
  channels: ({ channels }) => channels,
  online: ({ online }) => online,
})
const idsOf = (query: Record<string, string | number>) => listing.page(cameras, query).items.map(({ id }) => id)

describe('a list', () => {
  it.each([
    [{}, ['3', '1', '2']],
    [{ sort: 'id' }, ['1', '2', '3']],
    [{ sort: '-id' }, ['3', '2', '1']],
    [{ sort: 'channels' }, ['1', '3', '2']],
    [{ sort: 'maker' }, ['1', '3', '2']],
    [{ maker: 'Dahua' }, ['3']],
    [{ maker: 'null' }, ['1']],
    [{ online: 'true', channels: '100' }, ['2']],
    [{ q: 'HIK' }, ['2']],
    [{ limit: 1, offset: 1 }, ['1']],
    [{ limit: 0 }, []],
    [{ offset: 5 }, []],
  ])('asked with %o shows %o', (query, ids) => expect(idsOf(query)).toEqual(ids))

  it('counts all that the filters let through, not the page', () => {
    expect(listing.page(cameras, { online: 'true', limit: 1 }).total).toBe(2)
  })

  it('shows 100 unless told', () => {
    const many = Array.from({ length: 150 }, (_, index) => ({
      id: String(index),
      maker: null,
      channels: 0,
      online: true,
    }))
    expect(listing.page(many, {}).items).toHaveLength(100)
  })
})
