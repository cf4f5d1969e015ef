/** `RandomPet`: a name to remember, such as `merry-otter`. */
import { randomInt } from "node:crypto";
import { text, type Live } from "../provider/provider";
import type { Values } from "../provider/values";
import { keepers, resourceOf } from "./resource";

const words = (list: string): string[] => list.split(" ");

const adverbs = words(
  "barely boldly calmly daily deeply early fairly firmly freely gently gladly greatly highly kindly lightly loudly " +
    "mainly mostly nearly neatly openly plainly quickly rarely really safely simply slowly softly surely truly warmly",
);

const adjectives = words(
  "able ample apt awake blessed bold brave bright busy calm careful casual charmed cheerful clean clear clever eager " +
    "easy fair famous fast fine fresh full game genuine glad golden good grand great handy happy helpful honest ideal " +
    "intense just keen kind large legible lenient light live loyal lucky magical major mature merry mighty model modern " +
    "moral noble normal notable open patient perfect pleasant poetic polite prime proper proud quick rapid rare ready " +
    "regular relaxed rich robust sacred saved sharp simple sincere smart smooth solid sound special steady strong " +
    "sunny super sure tender thankful tidy tight top trusty unique valid vast vital warm wealthy welcome wise witty",
);

const animals = words(
  "badger bat bear bee bison bobcat camel cat cobra condor coyote crab crane cricket deer dingo dolphin donkey dove " +
    "duck eagle egret elk emu falcon ferret finch fox frog gecko goat goose gull hare hawk heron horse hyena ibex " +
    "jackal jay kite kiwi koala lamb lark lemur lion lizard llama lynx marmot marten mink mole moose moth mouse mule " +
    "newt ocelot octopus orca osprey ostrich otter owl oyster panda parrot pelican penguin pigeon pony puma quail " +
    "rabbit raccoon raven rhino robin salmon seal shark sheep shrimp skunk sloth snail sparrow spider squid stork swan " +
    "tapir tiger toad toucan trout tuna turtle viper walrus weasel whale wolf wombat yak zebra",
);

const one = (from: string[]): string => from[randomInt(from.length)] ?? "";

/** Words for a name: adverbs, then an adjective, then an animal; a single one is an animal. */
export function petWords(count: number): string[] {
  if (count < 2) return [one(animals)];
  return [...Array.from({ length: count - 2 }, () => one(adverbs)), one(adjectives), one(animals)];
}

function draw(inputs: Values): Live {
  const separator = text(inputs["separator"]);
  const prefix = text(inputs["prefix"]);
  const name = petWords(inputs["length"] as number);
  return { id: (prefix === "" ? name : [prefix, ...name]).join(separator), outputs: {} };
}

/** The resource `random:index/randomPet:RandomPet`; the name is its id. */
export const randomPet = resourceOf({
  schemaVersion: 0,
  fields: {
    keepers,
    length: { type: "number", default: 2, replaces: true },
    prefix: { type: "string", replaces: true },
    separator: { type: "string", default: "-", replaces: true },
  },
  draw,
});
