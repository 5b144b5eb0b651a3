package browsertest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"
)

var screenshot = flag.Bool("screenshot", false, "make the pictures of the page in docs anew, which takes a minute")

// windows is how many tests run at once, unless the flag says so: they mostly wait for the
// next second.
const windows = "8"

// stopBrowser ends the one browser of all tests, if there is one.
var stopBrowser = func() {}

func TestMain(m *testing.M) {
	flag.Parse()
	atOnce := windows
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "test.parallel" {
			atOnce = f.Value.String()
		}
	})
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	code := m.Run()
	stopBrowser()
	// The sampler of a handler that nobody looks at any more ends after a minute.
	sampler := goleak.IgnoreAnyFunction("github.com/go-fusebox/fusebox/circuitadmin.(*hub).beat")
	if err := goleak.Find(sampler); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var errNoBrowser = errors.New("no Chromium is installed: apt-get install chromium")

// theBrowser starts the browser, at the first call; each test has its own window in it.
var theBrowser = sync.OnceValues(func() (context.Context, error) {
	path, err := findBrowser()
	if err != nil {
		return nil, err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // tests often run as root, where it can't be
		chromedp.Flag("hide-scrollbars", false),
		chromedp.DisableGPU,
	)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	stopBrowser = func() {
		cancel()
		stop()
	}
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return ctx, nil
})

func findBrowser() (string, error) {
	if set := os.Getenv("FUSEBOX_BROWSER"); strings.Contains(set, "/") {
		return exec.LookPath(set)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless-shell", "headless_shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

// browser skips the test where there is none, unless there must be one.
func browser(t *testing.T) context.Context {
	t.Helper()
	ctx, err := theBrowser()
	if errors.Is(err, errNoBrowser) && os.Getenv("FUSEBOX_BROWSER") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
