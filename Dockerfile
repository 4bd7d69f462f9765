# syntax=docker/dockerfile:1.7
# Written where no container engine runs: what it does was tried step by step outside, the image itself was not built.

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /stowage
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:20.20.2-bookworm-slim AS production-packages
WORKDIR /stowage
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

# Gateway, worker and migrations: `command` chooses.
FROM node:20.20.2-bookworm-slim AS application
ENV NODE_ENV=production
WORKDIR /stowage
COPY --from=production-packages /stowage/node_modules node_modules
COPY --from=build /stowage/package.json ./
COPY --from=build /stowage/dist/apps dist/apps
COPY --from=build /stowage/dist/libs dist/libs
# The volume of the secrets takes its owner from here.
RUN mkdir -m 700 /secrets && chown 10001:10001 /secrets
USER 10001:10001
CMD ["node", "--enable-source-maps", "dist/apps/gateway/src/main.js"]

# What docker-compose.yml needs beside: the generator of secrets, the sandbox, development tokens.
FROM node:20.20.2-bookworm-slim AS tools
WORKDIR /stowage
COPY --from=build /stowage/node_modules node_modules
COPY --from=build /stowage/package.json ./
COPY --from=build /stowage/dist dist
RUN mkdir -p /volumes/secrets /volumes/database /volumes/broker /sandbox \
 && chown -R 10001:10001 /volumes /sandbox && chmod 700 /volumes/secrets
USER 10001:10001
