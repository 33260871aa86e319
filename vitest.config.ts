import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The package's own sub-paths (`gb28181/machines`, ...) resolve to the sources in a checkout.
  ssr: { resolve: { conditions: ['gb28181-source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'node_modules/**'],
    globalSetup: ['test/support/coverage-report.ts'],
    testTimeout: 20_000,
  },
})
