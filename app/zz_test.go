package app_test
import ("testing";"os")
func init(){ _ = os.Getenv }
func dump(t *testing.T, g *gateway){ t.Helper(); t.Log(g.said.String()) }
