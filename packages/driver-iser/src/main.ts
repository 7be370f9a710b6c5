#!/usr/bin/env node
import { serve } from '@scoria/driver-sdk';
import { iserDriver } from './driver.ts';

serve(iserDriver);
