import type { PipeTransform, Type } from '@nestjs/common';

/**
 * A decorator of parameters that takes `Given` and pipes. Spelled out, because the type that Nest 12 infers names
 * what Nest 11 does not have.
 */
export type ParamDecorator<Given = never> = (
  ...givenOrPipes: (Given | PipeTransform | Type<PipeTransform>)[]
) => ParameterDecorator;
