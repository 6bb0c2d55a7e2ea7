package commands_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestTheCommandsDoWhatTheyPromise plays the scripts in testdata, each in a folder and with a database of its own.
func TestTheCommandsDoWhatTheyPromise(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("WHOSELINE_DATABASE__URL", "sqlite:"+e.WorkDir+"/whoseline.db")
			e.Setenv("WHOSELINE_SECURITY__MASTER_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
			e.Setenv("OTHER_MASTER_KEY", "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "members": members, "keep": keep, "lines": lines,
		},
		RequireUniqueNames: true,
	})
}

// exits CODE COMMAND... runs a command that must end with the code. One that fails says why, and nothing else, on
// standard error, and one that succeeds says nothing there unless it shows progress.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code, failed := 0, (*exec.ExitError)(nil)
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, not %d", code, want)
	}
}

// said gives the lines of JSON that the last command wrote.
func said(ts *testscript.TestScript) (all []map[string]any) {
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			ts.Fatalf("%q: %v", line, err)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		ts.Fatalf("the last command said nothing")
	}
	return all
}

// members NAME... checks that every line of JSON has exactly these members.
func members(ts *testscript.TestScript, _ bool, args []string) {
	slices.Sort(args)
	for _, v := range said(ts) {
		if got := slices.Sorted(maps.Keys(v)); !slices.Equal(got, args) {
			ts.Fatalf("members %v, not %v", got, args)
		}
	}
}

// keep VARIABLE MEMBER remembers a member of the first line of JSON.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: keep VARIABLE MEMBER")
	}
	ts.Setenv(args[0], fmt.Sprint(said(ts)[0][args[1]]))
}

// lines N checks how many lines the last command wrote.
func lines(ts *testscript.TestScript, _ bool, args []string) {
	if got := strings.Count(ts.ReadFile("stdout"), "\n"); len(args) != 1 || strconv.Itoa(got) != args[0] {
		ts.Fatalf("%d lines", got)
	}
}
