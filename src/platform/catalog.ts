/**
 * A device's catalog: collected aside, compared with SumNum, committed whole (DESIGN.md rule 6, GB/T 28181 Annex M).
 *
 * A partial answer adds and updates, and is shown as partial; only a complete one deletes.
 */
import type { MessageOf } from '../manscdp/message.ts'
import type { CatalogState, ChannelView } from './api.ts'

export type CatalogResponse = MessageOf<'Response', 'Catalog'>
export type CatalogItem = NonNullable<CatalogResponse['value']>['DeviceList'][number]

/** The parts of one answer, by the DeviceID of their items: a repeated item counts once. */
export class CatalogCollection {
  readonly sn: number
  readonly items = new Map<string, CatalogItem>()
  sumNum: number | null = null
  readonly #limit: number

  constructor(sn: number, limit: number) {
    this.sn = sn
    this.#limit = limit
  }

  /** Takes one Response message; says how many distinct items there are and how many there should be. */
  add(response: CatalogResponse): { received: number; sumNum: number } {
    const items = response.value?.DeviceList ?? []
    for (const item of items)
      if (item.DeviceID !== undefined && this.items.size < this.#limit) this.items.set(item.DeviceID, item)
    // Without SumNum the one message is the whole answer; more than the limit is not collected.
    this.sumNum = Math.min(response.value?.SumNum ?? this.items.size, this.#limit)
    return { received: this.items.size, sumNum: this.sumNum }
  }
}

export class Catalog {
  #channels = new Map<string, ChannelView>()
  #state: CatalogState = { complete: false, sumNum: null, received: 0, sn: null, at: null }

  get state(): CatalogState {
    return this.#state
  }

  get channels(): readonly ChannelView[] {
    return [...this.#channels.values()]
  }

  get size(): number {
    return this.#channels.size
  }

  has(channelId: string): boolean {
    return this.#channels.has(channelId)
  }

  commit(deviceId: string, collection: CatalogCollection, at: number): void {
    this.#channels = new Map()
    this.#merge(deviceId, collection.items.values())
    this.#note(collection, true, at)
  }

  keepPartial(deviceId: string, collection: CatalogCollection, at: number): void {
    this.#merge(deviceId, collection.items.values())
    this.#note(collection, false, at)
  }

  /** Items that nobody asked for: some devices report a change of status so. They update, they never replace. */
  update(deviceId: string, items: Iterable<CatalogItem>): void {
    this.#merge(deviceId, items)
  }

  #merge(deviceId: string, items: Iterable<CatalogItem>): void {
    for (const item of items) {
      if (item.DeviceID === undefined) continue
      const before = this.#channels.get(item.DeviceID)?.item
      this.#channels.set(item.DeviceID, channelView(deviceId, item.DeviceID, { ...before, ...item }))
    }
  }

  #note(collection: CatalogCollection, complete: boolean, at: number): void {
    this.#state = {
      complete,
      sumNum: collection.sumNum,
      received: collection.items.size,
      sn: collection.sn,
      at: new Date(at).toISOString(),
    }
  }
}

/** A camera's own password may stand in its catalog item; it stays out of sight. */
function channelView(deviceId: string, id: string, { Password: _, ...item }: CatalogItem): ChannelView {
  return {
    id,
    deviceId,
    name: item.Name ?? null,
    manufacturer: item.Manufacturer ?? null,
    model: item.Model ?? null,
    // Hikvision IPCs name the platform itself as parent; that a parent exists is for the reader to see in `item`.
    parentId: item.ParentID ?? null,
    status: item.Status ?? null,
    item,
  }
}
