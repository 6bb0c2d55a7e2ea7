package staff

// Role is what a member of a business's staff may do in the console.
type Role string

// The roles, the mightiest first.
const (
	Owner  Role = "owner"
	Admin  Role = "admin"
	Viewer Role = "viewer"
	// An Auditor reads the history, masked, and the trail, and changes nothing. The operator has auditors of its own.
	Auditor Role = "auditor"
)

// Permission is something that a role allows or not.
type Permission string

// The permissions.
const (
	Read           Permission = "read"            // the history, with what is personal masked
	Reveal         Permission = "reveal"          // what is personal in it
	ManageKeys     Permission = "manage_keys"     // make, rotate and revoke API keys
	ManageWebhooks Permission = "manage_webhooks" // name, change and delete endpoints
	Review         Permission = "review"          // decide which answer stands where sources disagree
	Ask            Permission = "ask"             // look numbers up, which costs money
	ManageMoney    Permission = "manage_money"    // set caps, and when the business is warned
	ManageStaff    Permission = "manage_staff"    // who else may come in, and as what
	ReadTrail      Permission = "read_trail"      // who did what, and when
)

// grants says which roles have a permission. What it does not name, nobody may.
var grants = map[Permission]map[Role]bool{
	Read:           {Owner: true, Admin: true, Viewer: true, Auditor: true},
	Reveal:         {Owner: true, Admin: true},
	ManageKeys:     {Owner: true, Admin: true},
	ManageWebhooks: {Owner: true, Admin: true},
	Review:         {Owner: true, Admin: true},
	Ask:            {Owner: true, Admin: true},
	ManageMoney:    {Owner: true, Admin: true},
	ManageStaff:    {Owner: true},
	ReadTrail:      {Owner: true, Auditor: true},
}

// May tells whether the role permits something.
func (r Role) May(p Permission) bool { return grants[p][r] }

// known tells whether there is such a role.
func (r Role) known() bool { return r.May(Read) }
