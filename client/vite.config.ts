import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The chat server that `npm run dev` talks to.
const server = process.env.PARLEY_SERVER ?? "http://localhost:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    outDir: "dist",
    assetsDir: "assets",
    // The server's Content-Security-Policy allows files of its own only: nothing may be inlined as a data: URL or a script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // scripts/check-size.js reads from it what the page loads first.
    manifest: true,
  },
  server: {
    proxy: {
      // The server checks Origin against Host, so the proxy has to keep Host as the browser sent it.
      "/chat": { target: server, ws: true, changeOrigin: false },
      "/messages": { target: server, changeOrigin: false },
      "/api": { target: server, changeOrigin: false },
    },
  },
  test: {
    restoreMocks: true,
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "logic",
          environment: "node",
          include: ["src/{protocol,connection,chat}/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "interface",
          environment: "jsdom",
          include: ["src/{features,app}/**/*.test.{ts,tsx}"],
          setupFiles: ["./vitest.setup.ts"],
        },
      },
    ],
  },
});
