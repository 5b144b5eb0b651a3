// Package browsertest drives the page of circuitadmin in a real Chromium: the real
// handler, real groups and breakers, real clicks and keys. It has tests only, and a module
// of its own, so that nobody who uses the page gets the driver of the browser.
//
// Where no Chromium is installed the tests are skipped; FUSEBOX_BROWSER=required makes that
// a failure, and FUSEBOX_BROWSER=/path/to/chromium names one. Every test fails, too, if its
// page writes an error or a warning to the console, breaks the Content-Security-Policy, or
// asks for anything of another origin.
//
//	go test -run TestScreenshot -screenshot
//
// makes the pictures in docs anew, which takes a bit more than a minute.
package browsertest
