/** What a viewer chose, remembered in this browser: language and theme. */
import { useEffect, useState } from 'preact/hooks'

export type Language = 'en' | 'zh'
export type Theme = 'auto' | 'light' | 'dark'

export interface Settings {
  readonly language: Language
  readonly theme: Theme
}

const storageKey = 'gb28181'

function initial(): Settings {
  const preferred: Settings = { language: navigator.language.startsWith('zh') ? 'zh' : 'en', theme: 'auto' }
  try {
    return { ...preferred, ...JSON.parse(localStorage.getItem(storageKey) ?? '{}') }
  } catch {
    // Storage that is forbidden or spoilt only forgets.
    return preferred
  }
}

export function useSettings(): [Settings, (change: Partial<Settings>) => void] {
  const [settings, set] = useState(initial)
  useEffect(() => {
    const { language, theme } = settings
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    try {
      localStorage.setItem(storageKey, JSON.stringify(settings))
    } catch {
      // As above.
    }
  }, [settings])
  return [settings, (change) => set((before) => ({ ...before, ...change }))]
}
