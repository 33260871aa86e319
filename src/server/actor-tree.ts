/** Live actors as a tree: each below the one that owns it. */
import type { ActorView } from '../platform/api.ts'
import type { Listing, ListQuery } from './listing.ts'

export type NestedActor = ActorView & {
  /** How many owners stand above it. */
  readonly depth: number
}

/**
 * The page that was asked for of the tree, owners before what they own, siblings in the order asked for. What matches
 * brings its owners along, so that it is seen where it belongs, and all that it owns: a device finds its transactions.
 */
export function nestedPage(
  list: Listing<ActorView>,
  views: readonly ActorView[],
  query: ListQuery,
): { items: NestedActor[]; total: number } {
  const matching = list.select(views, query)
  const shown = matching.length === views.length ? views : withKin(views, matching)
  const owned = ownedIn(list.sort(shown, query.sort))
  const page = list.slice(flattened(owned), query)
  return { items: page.items.map(({ view, depth }) => ({ ...view, depth })), total: shown.length }
}

interface Placed {
  readonly view: ActorView
  readonly depth: number
}

/** What each owns; under null whatever has no owner among them. */
function ownedIn(views: readonly ActorView[]): ReadonlyMap<string | null, readonly ActorView[]> {
  const living = new Set<string | null>(views.map(({ id }) => id))
  return Map.groupBy(views, ({ parent }) => (living.has(parent) ? parent : null))
}

function flattened(owned: ReadonlyMap<string | null, readonly ActorView[]>): Placed[] {
  const all: Placed[] = []
  const add = (owner: string | null, depth: number) => {
    for (const view of owned.get(owner) ?? []) {
      all.push({ view, depth })
      add(view.id, depth + 1)
    }
  }
  add(null, 0)
  return all
}

function withKin(views: readonly ActorView[], matching: readonly ActorView[]): readonly ActorView[] {
  const byId = new Map(views.map((view) => [view.id, view]))
  const matched = new Set(matching.map(({ id }) => id))
  const owners = new Set<string>()
  for (const { parent } of matching) {
    for (let id = parent; id !== null && !owners.has(id); id = byId.get(id)?.parent ?? null) owners.add(id)
  }
  const belongs = ({ id, parent }: ActorView): boolean => {
    if (matched.has(id)) return true
    const owner = parent === null ? undefined : byId.get(parent)
    return owner !== undefined && belongs(owner)
  }
  return views.filter((view) => owners.has(view.id) || belongs(view))
}
