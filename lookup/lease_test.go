package lookup

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/models"
)

// another is a second gateway on the same database. It waits for no lease that is held.
func (d *desk) another() *Service {
	s := New(Options{
		DB: d.primary, Read: d.replica, Till: d.till, Vault: d.vault, World: d.world, Live: d.live, Sandbox: d.test,
		Lease: d.leaseTime, KeyLife: d.keyLife, Outage: d.outage, Witness: d.witness, Log: d.Service.log,
	})
	s.ConfirmBy(d.confirmer)
	s.leasePause = time.Microsecond
	return s
}

// leases gives how many there are.
func (d *desk) leases() (n int64) {
	d.t.Helper()
	if err := d.db.Gorm.Table("lookup_claims").Count(&n).Error; err != nil {
		d.t.Fatal(err)
	}
	return n
}

// takes has a gateway take the lease on the only lookup, or not get it.
func (d *desk) takes(s *Service, want bool) *lease {
	d.t.Helper()
	c := s.leaseOn("shop", d.lookups()[0].ID)
	if ours, err := c.take(d.t.Context()); err != nil || ours != want {
		d.t.Errorf("the lease is taken: %v, %v", ours, err)
	}
	return c
}

var givenUp = Finding{Outcome: models.OutcomeNotApplicable}

func TestASourceThatGivesUpWhileAnotherGatewayAsksIsAskedAnewOnce(t *testing.T) {
	for name, hook := range map[string]func(o *owing, meanwhile func()){
		"for what is owed": func(o *owing, meanwhile func()) {
			o.live.say = found(ngozi)
			o.debtor.say = func(string, string, Question) Finding {
				meanwhile()
				return givenUp
			}
		},
		"anew": func(o *owing, meanwhile func()) {
			o.polls(givenUp)
			o.live.say = func(q Question) Finding {
				meanwhile()
				return found(ngozi)(q)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			owings(t, func(t *testing.T, o *owing) {
				o.pending()
				hook(o, func() {
					o.hears(brings("r-1", givenUp), CallbackBroken)
					o.clock.pass(time.Millisecond)
					o.resumes(0)
				})
				o.clock.pass(time.Minute)
				if n, err := o.another().RetryDue(t.Context()); err != nil || n != 1 {
					t.Errorf("settled %d, %v", n, err)
				}
				o.polled(1, 2)
				o.ended(models.StatusFound, "", 50)
				o.has(950, 0)
				if n := o.leases(); n != 0 {
					t.Errorf("%d leases are left", n)
				}
			})
		})
	}
}

func TestAnAnswerThatIsBroughtToTwoGatewaysAtOnceIsSecondedOnce(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending(checked)
		other := o.another()
		o.live.say = func(Question) Finding {
			_, err := other.Complete(context.Background(), brings("r-1", ngozis))
			refused(t, err, models.Busy)
			return Finding{Outcome: models.OutcomeFound, Source: "b", Owners: []models.Owner{ngozi}}
		}
		o.hears(brings("r-1", ngozis), CallbackKept)
		if came, err := other.Complete(t.Context(), brings("r-1", ngozis)); err != nil || came != CallbackDuplicate {
			t.Errorf("%q, %v", came, err)
		}
		o.asked(2)
		o.ended(models.StatusFound, "", 50)
		o.has(950, 0)
	})
}

func TestAnAnswerThatIsBroughtWhileItIsAskedForIsTakenOnce(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending(checked)
		o.leasePause = time.Microsecond
		o.live.say = found(ngozi)
		o.debtor.say = func(string, string, Question) Finding {
			_, err := o.Complete(context.Background(), brings("r-1", ngozis))
			refused(t, err, models.Busy)
			return ngozis
		}
		o.clock.pass(time.Minute)
		if n, err := o.another().RetryDue(t.Context()); err != nil || n != 1 {
			t.Errorf("settled %d, %v", n, err)
		}
		o.hears(brings("r-1", ngozis), CallbackDuplicate)
		o.polled(1, 2)
		o.ended(models.StatusFound, "", 50)
		o.has(950, 0)
	})
}

// meets has something happen between a gateway's look at a lookup and its lease on it, once.
func meets(s *Service, something func()) {
	next, once := s.world.NewID, sync.OnceFunc(something)
	s.world.NewID = func() string {
		once()
		return next()
	}
}

func TestALookupThatSomebodyHasTriedSinceItWasLookedAtIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		says    func(Question) Finding
		settled int
	}{"it has ended": {found(ngozi), 1}, "it is due later": {down, 0}} {
		t.Run(name, func(t *testing.T) {
			outages(t, func(t *testing.T, o *outage) {
				o.pending()
				o.live.say = c.says
				o.clock.pass(time.Minute)
				other := o.another()
				meets(other, func() { o.resumes(c.settled) })
				if n, err := other.RetryDue(t.Context()); err != nil || n != 0 {
					t.Errorf("settled %d, %v", n, err)
				}
				o.asked(2)
				o.clean()
			})
		})
	}
}

func TestAnAnswerThatSomebodyElseHasTakenMeanwhileIsNotSecondedAgain(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending(checked)
		o.live.say = func(Question) Finding {
			return Finding{Outcome: models.OutcomeFound, Source: "b", Owners: []models.Owner{ngozi}}
		}
		other := o.another()
		meets(other, func() { o.hears(brings("r-1", ngozis), CallbackKept) })
		if came, err := other.Complete(t.Context(), brings("r-1", ngozis)); err != nil || came != CallbackDuplicate {
			t.Errorf("%q, %v", came, err)
		}
		o.asked(2)
		o.ended(models.StatusFound, "", 50)
	})
}

func TestAnAnswerWaitsAMomentForALease(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending()
		held, looks := o.takes(o.another(), true), 0
		o.world.Now = func() time.Time {
			if looks++; looks == leaseTries/2 {
				held.release(context.Background())
			}
			return o.clock.now()
		}
		o.leasePause = time.Microsecond
		o.hears(brings("r-1", ngozis), CallbackKept)
		o.ended(models.StatusFound, "", 50)
	})
}

// meeting is a confirmer that takes every code for right, once two have brought theirs.
type meeting struct {
	*number
	both sync.WaitGroup
}

func (m *meeting) Check(context.Context, Proof, string) error {
	m.both.Done()
	m.both.Wait()
	return nil
}

func TestALookupThatIsConfirmedInTwoGatewaysAtOnceIsAskedForOnce(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, n *number) {
		a := o.waits()
		m := &meeting{number: n}
		m.both.Add(2)
		o.confirmer = m
		var all sync.WaitGroup
		codes := make(chan models.Code, 2)
		for _, s := range []*Service{o.Service, o.another()} {
			all.Go(func() {
				_, err := s.Confirm(context.Background(), a, rightCode)
				codes <- models.CodeOf(err)
			})
		}
		all.Wait()
		if one, other := <-codes, <-codes; one+other != models.CodeExpired {
			t.Errorf("%q and %q", one, other)
		}
		o.asked(1)
		o.over(models.StatusFound, 50)
	})
}

// erasing is a confirmer that takes every code for right, after the person was erased.
type erasing struct {
	*number
	erase func()
}

func (e erasing) Check(context.Context, Proof, string) error {
	e.erase()
	return nil
}

func TestAPersonErasedWhileTheCodeIsCheckedIsNotAskedAbout(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, n *number) {
		a := o.waits()
		o.confirmer = erasing{n, func() {
			if err := o.db.Gorm.Exec("UPDATE lookups SET data_key = NULL").Error; err != nil {
				t.Error(err)
			}
		}}
		_, err := o.Confirm(t.Context(), a, rightCode)
		refused(t, err, models.NotFound)
		o.asked(0)
		o.has(1000, 0)
		o.clean()
	})
}

func TestALeaseWhoseHolderDiedIsTakenOverWhenItsLeaseIsOver(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		o.live.say = found(ngozi)
		o.clock.pass(time.Minute)
		dead := o.takes(o.another(), true)
		o.takes(o.Service, false)
		o.clock.pass(o.leaseTime - time.Millisecond)
		o.resumes(0)
		o.takes(o.Service, false)
		o.asked(1)
		o.clock.pass(time.Millisecond)
		o.resumes(1)
		o.asked(2)
		o.ended(models.StatusFound, "", 50)
		if err := dead.renew(t.Context()); !errors.Is(err, errLeaseLost) {
			t.Error(err)
		}
		if n := o.leases(); n != 0 {
			t.Errorf("%d leases are left", n)
		}
	})
}

func TestWhoHasLostTheLeaseAsksNobodyAndSettlesNothing(t *testing.T) {
	for name, pursue := range map[string]func(o *owing, lost func()){
		"before asking anew": func(o *owing, lost func()) {
			o.debtor.say = func(string, string, Question) Finding {
				lost()
				return givenUp
			}
			o.resumes(0)
			o.polled(1, 1)
		},
		"before a second source": func(o *owing, lost func()) {
			o.polls(givenUp)
			o.live.say = func(q Question) Finding {
				lost()
				return found(ngozi)(q)
			}
			o.resumes(0)
			o.polled(1, 2)
		},
		"before one on what is owed": func(o *owing, lost func()) {
			o.debtor.say = func(string, string, Question) Finding {
				lost()
				return ngozis
			}
			o.resumes(0)
			o.polled(1, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			owings(t, func(t *testing.T, o *owing) {
				o.pending(checked)
				o.clock.pass(time.Minute)
				before := o.lookups()[0]
				pursue(o, func() {
					o.clock.pass(o.leaseTime)
					o.takes(o.another(), true)
				})
				after := o.lookups()[0]
				if after.Status != models.StatusPending || !after.ModifiedAt.Equal(before.ModifiedAt) || !after.ExpiresAt.Equal(before.ExpiresAt) || o.leases() != 1 {
					t.Errorf("%+v became %+v, %d leases", before, after, o.leases())
				}
				if !strings.Contains(o.log.String(), "longer than its lease") {
					t.Error(o.log.String())
				}
				o.has(950, 50)
			})
		})
	}
}

func TestALeaseIsRenewedWhileItsHolderAsks(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		o.pending(checked)
		other := o.another()
		slow := func() {
			o.clock.pass(o.leaseTime - time.Millisecond)
			o.takes(other, false)
		}
		o.debtor.say = func(string, string, Question) Finding {
			slow()
			return givenUp
		}
		o.live.say = func(q Question) Finding {
			slow()
			return found(ngozi)(q)
		}
		o.clock.pass(time.Minute)
		o.resumes(1)
		o.polled(1, 3)
		o.ended(models.StatusFound, "", 50)
	})
}

func TestALookupThatCannotBeTriedDoesNotKeepOthersFromIt(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		if err := o.db.Gorm.Exec("UPDATE lookups SET data_key = ?", []byte("nonsense")).Error; err != nil {
			t.Fatal(err)
		}
		o.clock.pass(time.Minute)
		o.resumes(0)
		if l := o.lookups()[0]; !l.ExpiresAt.Equal(o.clock.now().Add(o.leaseTime)) || o.leases() != 0 {
			t.Errorf("due at %v, %d leases", l.ExpiresAt, o.leases())
		}
		o.asked(1)
	})
}
