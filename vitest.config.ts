import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The package's own sub-paths (`gb28181/machines`, ...) resolve to the sources in a checkout. Node gets these conditions
  // too, also for `require`: `import` among them would give a CommonJS package the ES modules of what it requires.
  ssr: { resolve: { conditions: ['gb28181-source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/console/**', '**/node_modules/**'],
    globalSetup: ['test/support/coverage-report.ts', 'test/console/ensure-built.ts'],
    testTimeout: 20_000,
    // XState's development build takes the context of an actor that is created within another's action for a misplaced
    // `assign`: https://github.com/statelyai/xstate, `getPreInitialState`. Nothing is wrong, and it fills the screen.
    onConsoleLog: (log) => !log.includes('Custom actions should not call `assign()` directly'),
  },
})
