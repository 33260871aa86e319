/** Made by `build/vite.ts` from the machines. */
declare module '*.css'

declare module 'virtual:charts' {
  export const charts: Readonly<Record<string, import('./chart.ts').Chart>>
}
