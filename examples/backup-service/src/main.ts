import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { readEnvironment } from './environment.js';
import { RefusalsFilter } from './refusals.filter.js';

const app = await NestFactory.create(AppModule, new FastifyAdapter());
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
app.useGlobalFilters(new RefusalsFilter());
app.enableShutdownHooks();
await app.listen(readEnvironment().port, '127.0.0.1');
