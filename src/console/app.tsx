/** The frame around all views: where one is, language and theme, the login, and a capture dropped anywhere. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Bundle } from '../inspect/recorder/record.ts'
import { KeyHelp } from './parts/key-help.tsx'
import { Login } from './parts/login.tsx'
import { type Answer, ask, unauthorized } from './state/api.ts'
import { listenForKeys, useKeys } from './state/keys.ts'
import { linkTo, useRoute } from './state/route.ts'
import { type Settings, useSettings } from './state/settings.ts'
import { Said, useText } from './state/text.ts'
import { ActorView } from './views/actor.tsx'
import { Actors } from './views/actors.tsx'
import { CaptureView, type Explained } from './views/capture.tsx'
import { DeviceView } from './views/device.tsx'
import { Devices } from './views/devices.tsx'
import { SessionView } from './views/session.tsx'
import { Sessions } from './views/sessions.tsx'
import { Welcome } from './views/welcome.tsx'

export interface Opened {
  readonly name: string
  /** Where the file is one. */
  readonly bundle?: Bundle
  readonly answer?: Answer<Explained>
}

export function App() {
  const [settings, change] = useSettings()
  const [locked, setLocked] = useState(false)
  const [opened, setOpened] = useState<Opened>()
  const [over, setOver] = useState(false)
  useEffect(() => {
    const lock = () => setLocked(true)
    addEventListener(unauthorized, lock)
    return () => removeEventListener(unauthorized, lock)
  }, [])

  const open = async (file: File) => {
    setOpened({ name: file.name })
    location.hash = linkTo('capture')
    const [bundle, answer] = await Promise.all([bundleIn(file), ask<Explained>('POST', '/api/analyze', file)])
    setOpened({ name: file.name, answer, ...(bundle !== undefined && { bundle }) })
  }

  useEffect(() => listenForDrops({ open, setOver }), [])
  useEffect(listenForKeys, [])
  const [help, setHelp] = useState(false)
  useKeys([{ keys: ['?'], text: 'keyHelp', does: () => setHelp((isOpen) => !isOpen) }])

  return (
    <Said.Provider value={settings.language}>
      <div class="app">
        <Header settings={settings} change={change} />
        {over && <DropHint />}
        <main id="content" tabIndex={-1}>
          {locked ? <Login done={() => setLocked(false)} /> : <View opened={opened} open={open} />}
        </main>
        {help && <KeyHelp close={() => setHelp(false)} />}
      </div>
    </Said.Provider>
  )
}

interface Drops {
  readonly open: (file: File) => void
  readonly setOver: (over: boolean) => void
}

/** A file dropped anywhere. @returns what ends it. */
function listenForDrops({ open, setOver }: Drops): () => void {
  const ending = new AbortController()
  const { signal } = ending
  const dragged = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  const left = (event: DragEvent) => event.relatedTarget === null && setOver(false)
  const dropped = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const file = event.dataTransfer?.files[0]
    if (file !== undefined) open(file)
  }
  addEventListener('dragover', dragged, { signal })
  addEventListener('dragleave', left, { signal })
  addEventListener('drop', dropped, { signal })
  return () => ending.abort()
}

async function bundleIn(file: File): Promise<Bundle | undefined> {
  try {
    const value: Bundle = JSON.parse(await file.text())
    return value.format === 'gb28181-bundle' ? value : undefined
  } catch {
    // No JSON: a capture.
    return undefined
  }
}

function DropHint() {
  const say = useText()
  return <div class="drop">{say('dropHere')}</div>
}

function View({ opened, open }: { opened: Opened | undefined; open: (file: File) => void }) {
  const { path, query } = useRoute()
  const [first, id] = path
  if (first === 'devices')
    return id === undefined ? <Devices query={query} /> : <DeviceView key={id} id={id} query={query} />
  if (first === 'sessions')
    return id === undefined ? <Sessions query={query} /> : <SessionView key={id} id={id} query={query} />
  if (first === 'actors')
    return id === undefined ? <Actors query={query} /> : <ActorView key={id} id={id} query={query} />
  if (first === 'capture') return <CaptureView opened={opened} open={open} query={query} />
  return <Welcome open={open} />
}

function Header({ settings, change }: { settings: Settings; change: (change: Partial<Settings>) => void }) {
  const say = useText()
  return (
    <header>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to the content, by script only because the fragment is the route */}
      <a class="skip" href="#content" onClick={skip}>
        {say('skip')}
      </a>
      <a class="brand" href="#/">
        gb28181
      </a>
      <nav aria-label="gb28181">
        <Tab to="devices">{say('devices')}</Tab>
        <Tab to="sessions">{say('sessions')}</Tab>
        <Tab to="actors">{say('actors')}</Tab>
        <Tab to="capture">{say('capture')}</Tab>
        <a href="/docs">{say('api')}</a>
      </nav>
      <label class="theme">
        <span>{say('theme')}</span>
        <select
          value={settings.theme}
          onChange={({ currentTarget: { value } }) =>
            change({ theme: value === 'light' || value === 'dark' ? value : 'auto' })
          }
        >
          <option value="auto">{say('auto')}</option>
          <option value="light">{say('light')}</option>
          <option value="dark">{say('dark')}</option>
        </select>
      </label>
      <button
        type="button"
        class="language"
        onClick={() => change({ language: settings.language === 'zh' ? 'en' : 'zh' })}
      >
        {say('language')}
      </button>
    </header>
  )
}

/** The fragment is the route, so the link itself must not change it. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

function Tab({ to, children }: { to: string; children: ComponentChildren }) {
  const here = useRoute().path[0] === to
  return (
    <a href={linkTo(to)} aria-current={here ? 'page' : undefined}>
      {children}
    </a>
  )
}
