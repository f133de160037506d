# docker build -t gatehouse .
# docker run -p 7600:7600 -v "$PWD/app.secret:/run/app.secret:ro" -e GATEHOUSE_APP_FILE=/run/app.secret \
#   --stop-timeout 20 gatehouse --redis redis://HOST:6379
# A stop tells the clients to leave over the drain window (10 s by default), so give it more time than that.
#
# `npm run test:trixie` walks this file line by line in a Debian trixie root, so keep to what it understands:
# FROM, WORKDIR, COPY, RUN, ARG, ENV, USER, EXPOSE, HEALTHCHECK and ENTRYPOINT in exec form.

FROM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund --include=dev --include=optional
COPY . .
RUN node scripts/build.mjs

# Where uWebSockets.js comes from. The default is a copy in the npm registry, pinned in scripts/native-module.mjs.
# The official build needs GitHub: --build-arg UWEBSOCKETS=github:uNetworking/uWebSockets.js#v20.67.0
ARG UWEBSOCKETS=npm:@btc-vision/uwebsockets.js@20.57.0
RUN case "$UWEBSOCKETS" in git*) apt-get update && apt-get install -y --no-install-recommends ca-certificates git ;; esac
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev
RUN npm install --no-save --ignore-scripts --no-audit --no-fund --omit=dev "uWebSockets.js@$UWEBSOCKETS"
RUN node scripts/native-module.mjs "$UWEBSOCKETS"

FROM node:24-trixie-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist/protocol ./dist/protocol
COPY --from=build /src/dist/gateway ./dist/gateway
USER node
EXPOSE 7600 7601
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:7601/livez').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/gateway/main.js", "start"]
