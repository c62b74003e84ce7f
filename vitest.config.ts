import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  // More than there are cores: many tests wait, for a poll, a retry or a process.
  test: { include: ['test/**/*.test.ts'], pool: 'forks', maxWorkers: 4, testTimeout: 180_000, hookTimeout: 180_000 },
})

export default config
