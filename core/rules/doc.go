// Package rules configures breakers by data: one document says which keys have which
// engine, settings and mode, and can be put in force while calls are made.
//
// [Rules] are a document that was found valid, as a whole:
//
//	{
//	  "*":                     {"settings": {"threshold": 0.4}},
//	  "/shop.Cart/*":          {"settings": {"trialInterval": "500ms"}, "mode": "observe"},
//	  "/shop.Cart/Checkout":   {"engine": "hystrix", "settings": {"errorPercentThreshold": 25}},
//	  "/grpc.health.v1.*":     {"enabled": false}
//	}
//
// [Parse] reads it from JSON; [Document.Compile] takes it from any library that has
// decoded it. [Rules.Breaker] is the factory for group.New, and [Rules.Apply] changes
// the group when there is a new document. [Rules.For] explains what a key gets. A
// [Keeper] is for adapters to sources that change.
//
// # Patterns
//
// A * stands for any run of characters, "/" included, or for none; there are no other
// signs, and case matters. Of the patterns that match a key the most specific one
// counts: one that is the key itself; else the one with the most characters besides *;
// else, of those with as many, the first by alphabet; "*" comes after all others. The
// keys that a full group has no room for share a breaker under the key group.OverflowKey.
//
// # What a key gets
//
// Each field of the rule, and where it has none, that of "*"; no other pattern plays
// a part. So it is with each of the settings, as long as both have the same engine:
// the settings of "*" don't apply to another one. A rule that names no engine has that
// of "*", and if that names none either, credit. The settings that are left are checked
// together, by the engine itself.
//
// # What is wrong
//
// A document with anything wrong in it is rejected, and changes nothing: the one before
// it stays in force. The error tells all that is wrong, in lines such as
//
//	rules: line 7: rule "/shop.Cart/*": settings.threshold is 2, must be from 0.05 to 0.95
//
// [Schema] lets editors tell most of it while the document is written.
//
// # While calls are made
//
// Apply changes breakers one by one. A breaker whose settings and mode both change gets
// them in the order in which no call is refused that neither rule would have refused.
//
// Finding the rule of a key takes time in proportion to the number of globs, some 10 µs
// for a thousand, and to the key's length, whatever the globs look like. It happens when
// a breaker is made, and for each breaker in Apply; not with every call.
package rules
